package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import java.util.HashSet;
import java.util.Set;

/** Duplicates: one value at two offsets of a key; each value is told of once. Stateless. */
final class DuplicateChecker implements Checker {
    private record Value(int key, long value) {}

    @Override
    public String name() {
        return "duplicate";
    }

    @Override
    public Verdict check(History history) {
        Records records = Records.of(history);
        Findings findings = new Findings(name());
        Set<Value> found = new HashSet<>();
        PlacesOfRecords.tell(history, (op, key, offset, value) -> {
            KeyRecords ofKey = records.of(key);
            int row = ofKey.row(value);
            if (ofKey.offset(row) != offset && found.add(new Value(key, value))) {
                findings.add(op, () -> anomaly(history, ofKey, row, op, offset));
            }
        });
        return findings.verdict(records.all(), "records");
    }

    private static Anomaly anomaly(History history, KeyRecords ofKey, int row, int op, long offset) {
        return new Anomaly(
                "key " + ofKey.key() + ": the value " + ofKey.value(row) + " is at offset " + ofKey.offset(row)
                        + " and at offset " + offset,
                new Evidence(history, ofKey.key())
                        .told(ofKey.toldBy(row), ofKey.offset(row))
                        .told(op, offset)
                        .ops());
    }
}
