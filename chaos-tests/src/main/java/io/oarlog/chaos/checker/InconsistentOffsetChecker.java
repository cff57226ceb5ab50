package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Inconsistent offsets: two values at one offset of a key; each offset is told of once. Stateless. */
final class InconsistentOffsetChecker implements Checker {
    private record Place(int key, long offset) {}

    /** The first operation that told of each offset, and what it told. */
    private static final class FirstTold {
        final LongIntMap opByOffset = new LongIntMap();
        final LongIntMap rowByOffset = new LongIntMap();
    }

    @Override
    public String name() {
        return "inconsistent-offset";
    }

    @Override
    public Verdict check(History history) {
        Records records = Records.of(history);
        Map<Integer, FirstTold> firstTold = new HashMap<>();
        Findings findings = new Findings(name());
        Set<Place> found = new HashSet<>();
        PlacesOfRecords.tell(history, (op, key, offset, value) -> {
            KeyRecords ofKey = records.of(key);
            FirstTold first = firstTold.computeIfAbsent(key, k -> new FirstTold());
            int row = ofKey.row(value);
            int before = first.rowByOffset.putIfAbsent(offset, row);
            if (before == LongIntMap.ABSENT) {
                first.opByOffset.put(offset, op);
            } else if (before != row && found.add(new Place(key, offset))) {
                int firstOp = first.opByOffset.get(offset);
                findings.add(op, () -> anomaly(history, ofKey, offset, before, firstOp, row, op));
            }
        });
        return findings.verdict(
                firstTold.values().stream()
                        .mapToLong(first -> first.rowByOffset.size())
                        .sum(),
                "offsets");
    }

    private static Anomaly anomaly(
            History history, KeyRecords ofKey, long offset, int firstRow, int firstOp, int row, int op) {
        return new Anomaly(
                "key " + ofKey.key() + ": offset " + offset + " holds the value " + ofKey.value(firstRow)
                        + " and the value " + ofKey.value(row),
                new Evidence(history, ofKey.key())
                        .told(firstOp, offset)
                        .told(op, offset)
                        .ops());
    }
}
