package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Follows each consumer from record to record of each key, as far as one must be right behind the other:
 *
 * <ul>
 *   <li>within one operation, whoever polls;
 *   <li>from one operation of a process to its next, if it was given its keys by an {@link OpFunction#ASSIGN} and by
 *       nothing later;
 *   <li>from the start of the log to the first record, if that assignment was to begin there.
 * </ul>
 *
 * <p>A rebalance of the key during an operation, the failure of a transaction that polled, and a crash end what was followed.
 * So does an invoked {@link OpFunction#ASSIGN} or {@link OpFunction#SUBSCRIBE}. Logs are taken to be whole: nothing is
 * deleted at their start. Confined to one check.
 */
final class PollSteps {
    /**
     * From one record to the next.
     *
     * @param fromOp the operation that polled the earlier one; the assignment for {@code fromOffset} {@link
     *     KeyRecords#UNKNOWN}
     * @param fromOffset of the earlier one; {@link KeyRecords#UNKNOWN}, which is below all others, for the start of the log
     * @param invoked the invocation of {@code op}
     * @param op the operation that polled the later one
     */
    record Step(int key, int fromOp, long fromOffset, int invoked, int op, Seen seen) {
        boolean isFromStart() {
            return fromOffset == KeyRecords.UNKNOWN;
        }
    }

    private record Position(int op, long offset) {}

    /** The consumer of one process. */
    private static final class Reader {
        final Map<Integer, Position> positions = new HashMap<>();
        boolean isAssigned;
        int invoked = KeyRecords.NONE;
    }

    private final Map<Long, Reader> readers = new HashMap<>();
    private final Consumer<Step> steps;

    private PollSteps(Consumer<Step> steps) {
        this.steps = steps;
    }

    /** Tells of all steps of a history, in its order. */
    static void follow(History history, Consumer<Step> steps) {
        PollSteps followed = new PollSteps(steps);
        for (Op op : history.ops()) {
            if (!op.isNemesis()) {
                followed.on(op);
            }
        }
    }

    private void on(Op op) {
        Reader reader = readers.computeIfAbsent(op.process(), process -> new Reader());
        if (op.type() == OpType.INVOKE) {
            reader.invoked = (int) op.index();
        }
        switch (op.function()) {
            case ASSIGN, SUBSCRIBE -> onAssigned(reader, op);
            case POLL, TXN -> onPolls(reader, op);
            default -> {}
        }
        op.rebalanced().forEach(reader.positions::remove);
        if (op.type() == OpType.INFO) {
            readers.remove(op.process());
        }
    }

    private static void onAssigned(Reader reader, Op op) {
        reader.positions.clear();
        if (op.type() == OpType.OK) {
            reader.isAssigned = op.function() == OpFunction.ASSIGN;
            if (reader.isAssigned && op.value() instanceof Keys keys && keys.fromBeginning()) {
                Position start = new Position((int) op.index(), KeyRecords.UNKNOWN);
                keys.keys().forEach(key -> reader.positions.put(key, start));
            }
        }
    }

    private void onPolls(Reader reader, Op op) {
        if (op.type() == OpType.INVOKE) {
            return;
        }
        if (!reader.isAssigned) {
            reader.positions.clear();
        }
        op.rebalanced().forEach(reader.positions::remove);
        for (MicroOp microOp : op.microOps()) {
            if (microOp instanceof Poll poll && poll.records() != null) {
                poll.records().forEach((key, records) -> onRecords(reader, op, key, records));
                if (op.type() != OpType.OK) {
                    poll.records().keySet().forEach(reader.positions::remove);
                }
            }
        }
    }

    private void onRecords(Reader reader, Op op, int key, List<Seen> records) {
        if (records.isEmpty() || op.rebalanced().contains(key)) {
            return;
        }
        int index = (int) op.index();
        Position position = reader.positions.get(key);
        int fromOp = position == null ? KeyRecords.NONE : position.op();
        long fromOffset = position == null ? KeyRecords.UNKNOWN : position.offset();
        for (Seen seen : records) {
            if (fromOp != KeyRecords.NONE) {
                steps.accept(new Step(key, fromOp, fromOffset, reader.invoked, index, seen));
            }
            fromOp = index;
            fromOffset = seen.offset();
        }
        reader.positions.put(key, new Position(index, fromOffset));
    }
}
