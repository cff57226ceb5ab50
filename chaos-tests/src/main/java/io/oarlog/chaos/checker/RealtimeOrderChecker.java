package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import java.util.HashMap;
import java.util.Map;

/**
 * Real-time order: what was acknowledged or polled before a send to the same key was invoked has a lower offset than what
 * was sent. Stateless.
 */
final class RealtimeOrderChecker implements Checker {
    @Override
    public String name() {
        return "realtime-order";
    }

    @Override
    public Verdict check(History history) {
        Records records = Records.of(history);
        Map<Integer, RunningMaximum> highest = new HashMap<>();
        PlacesOfRecords.tell(
                history,
                (op, key, offset, value) ->
                        highest.computeIfAbsent(key, k -> new RunningMaximum()).add(op, offset));
        Findings findings = new Findings(name());
        highest.forEach((key, told) -> check(history, records.of(key), told, findings));
        return findings.verdict(records.certain(), "acknowledged or polled records");
    }

    private static void check(History history, KeyRecords ofKey, RunningMaximum told, Findings findings) {
        for (int row = 0; row < ofKey.size(); row++) {
            int invoked = ofKey.invoked(row);
            boolean counts =
                    ofKey.isCertain(row) && invoked != KeyRecords.NONE && ofKey.offset(row) != KeyRecords.UNKNOWN;
            if (counts && told.before(invoked) >= ofKey.offset(row)) {
                int late = row;
                findings.add(invoked, () -> anomaly(history, ofKey, late, told));
            }
        }
    }

    private static Anomaly anomaly(History history, KeyRecords ofKey, int row, RunningMaximum told) {
        int invoked = ofKey.invoked(row);
        return new Anomaly(
                "key " + ofKey.key() + ": the value " + ofKey.value(row) + " was put at offset " + ofKey.offset(row)
                        + ", though offset " + told.before(invoked) + " was known before it was sent",
                new Evidence(history, ofKey.key())
                        .told(told.toldBefore(invoked), told.before(invoked))
                        .send(ofKey, row)
                        .poll(ofKey.toldBy(row), ofKey.offset(row))
                        .ops());
    }
}
