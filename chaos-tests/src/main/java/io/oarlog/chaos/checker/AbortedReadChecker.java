package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.OpType;

/**
 * Aborted reads: polled values whose send failed, that nobody sent, or that were sent only after they had been polled.
 * Stateless.
 */
final class AbortedReadChecker implements Checker {
    @Override
    public String name() {
        return "aborted-read";
    }

    @Override
    public Verdict check(History history) {
        Records records = Records.of(history);
        Findings findings = new Findings(name());
        long examined = 0;
        for (KeyRecords ofKey : records.byKey()) {
            for (int row = 0; row < ofKey.size(); row++) {
                if (!ofKey.isPolled(row)) {
                    continue;
                }
                examined++;
                String what = wrong(history, ofKey, row);
                if (!what.isEmpty()) {
                    int read = row;
                    findings.add(ofKey.polled(row), () -> anomaly(history, ofKey, read, what));
                }
            }
        }
        return findings.verdict(examined, "polled records");
    }

    /** What is wrong with a polled value; empty when nothing is. */
    private static String wrong(History history, KeyRecords ofKey, int row) {
        int ended = ofKey.ended(row);
        if (ended != KeyRecords.NONE && history.ops().get(ended).type() == OpType.FAIL) {
            return "was polled, though its send failed";
        }
        if (ofKey.invoked(row) == KeyRecords.NONE) {
            return "was polled, though nobody sent it";
        }
        return ofKey.polled(row) < ofKey.invoked(row) ? "was polled before it was sent" : "";
    }

    private static Anomaly anomaly(History history, KeyRecords ofKey, int row, String what) {
        return new Anomaly(
                "key " + ofKey.key() + ": the value " + ofKey.value(row) + " " + what,
                new Evidence(history, ofKey.key())
                        .send(ofKey, row)
                        .poll(ofKey.polled(row), ofKey.offset(row))
                        .ops());
    }
}
