package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;

/**
 * Unseen records: in the log beyond doubt, and polled by nobody. For histories that end with polls past the highest
 * acknowledged offset of each key. Stateless.
 */
final class UnseenChecker implements Checker {
    @Override
    public String name() {
        return "unseen";
    }

    @Override
    public Verdict check(History history) {
        Records records = Records.of(history);
        Findings findings = new Findings(name());
        for (KeyRecords ofKey : records.byKey()) {
            for (int row = 0; row < ofKey.size(); row++) {
                if (ofKey.isCertain(row) && !ofKey.isPolled(row)) {
                    int unseen = row;
                    findings.add(ofKey.invoked(row), () -> anomaly(history, ofKey, unseen));
                }
            }
        }
        return findings.verdict(records.certain(), "acknowledged or polled records");
    }

    private static Anomaly anomaly(History history, KeyRecords ofKey, int row) {
        String where = ofKey.offset(row) == KeyRecords.UNKNOWN ? "" : " at offset " + ofKey.offset(row);
        return new Anomaly(
                "key " + ofKey.key() + ": the value " + ofKey.value(row) + where + " was polled by nobody",
                new Evidence(history, ofKey.key()).send(ofKey, row).ops());
    }
}
