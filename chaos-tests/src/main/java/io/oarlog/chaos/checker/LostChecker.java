package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;

/**
 * Lost records: in the log beyond doubt, at or below the highest offset that was polled of their key, and polled by nobody.
 * Stateless.
 */
final class LostChecker implements Checker {
    @Override
    public String name() {
        return "lost";
    }

    @Override
    public Verdict check(History history) {
        Records records = Records.of(history);
        Findings findings = new Findings(name());
        for (KeyRecords ofKey : records.byKey()) {
            for (int row = 0; row < ofKey.size(); row++) {
                if (isLost(ofKey, row)) {
                    int lost = row;
                    findings.add(ofKey.invoked(row), () -> anomaly(history, ofKey, lost));
                }
            }
        }
        return findings.verdict(records.certain(), "acknowledged or polled records");
    }

    private static boolean isLost(KeyRecords ofKey, int row) {
        return ofKey.isCertain(row)
                && !ofKey.isPolled(row)
                && ofKey.offset(row) != KeyRecords.UNKNOWN
                && ofKey.offset(row) <= ofKey.highestPolled();
    }

    private static Anomaly anomaly(History history, KeyRecords ofKey, int row) {
        return new Anomaly(
                "key " + ofKey.key() + ": the value " + ofKey.value(row) + " at offset " + ofKey.offset(row)
                        + " was polled by nobody, though offset " + ofKey.highestPolled() + " was",
                new Evidence(history, ofKey.key())
                        .send(ofKey, row)
                        .poll(ofKey.highestPolledBy(), ofKey.highestPolled())
                        .ops());
    }
}
