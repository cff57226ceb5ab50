package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The operations that show an anomaly of one key: each once, in the order of the history, and without the records that do
 * not matter. Confined to one check. What is added as {@link KeyRecords#NONE} is left out.
 */
final class Evidence {
    private final History history;
    private final int key;
    /** The offsets that matter, by the index of the operation. */
    private final TreeMap<Integer, Set<Long>> offsetsByOp = new TreeMap<>();

    Evidence(History history, int key) {
        this.history = history;
        this.key = key;
    }

    /** Adds an operation without the sends to other keys and without what it polled. */
    Evidence op(int op) {
        return poll(op, KeyRecords.UNKNOWN);
    }

    /** Adds the invocation and the completion of a record's send. */
    Evidence send(KeyRecords records, int row) {
        return op(records.invoked(row)).op(records.ended(row));
    }

    /** Adds an operation that polled the offset; of what it polled, the records beside it stay. */
    Evidence poll(int op, long offset) {
        if (op != KeyRecords.NONE) {
            offsetsByOp.computeIfAbsent(op, index -> new HashSet<>()).add(offset);
        }
        return this;
    }

    /** Adds an operation that told the offset: a poll, or a send with its invocation. */
    Evidence told(int op, long offset) {
        if (op != KeyRecords.NONE && sends(history.ops().get(op))) {
            invocationOf(op);
        }
        return poll(op, offset);
    }

    /** Adds the invocation of an operation that ended. */
    Evidence invocationOf(int op) {
        long process = history.ops().get(op).process();
        for (int i = op - 1; i >= 0; i--) {
            Op earlier = history.ops().get(i);
            if (earlier.process() == process && earlier.type() == OpType.INVOKE) {
                return op(i);
            }
        }
        return this;
    }

    List<Op> ops() {
        List<Op> ops = new ArrayList<>();
        offsetsByOp.forEach((op, offsets) -> ops.add(trimmed(history.ops().get(op), offsets)));
        return ops;
    }

    private boolean sends(Op op) {
        return op.microOps().stream().anyMatch(microOp -> microOp instanceof Send send && send.key() == key);
    }

    private Op trimmed(Op op, Set<Long> offsets) {
        if (op.value() instanceof Offsets committed) {
            Long ofKey = committed.byKey().get(key);
            return withValue(op, Offsets.of(ofKey == null ? Map.of() : Map.of(key, ofKey)));
        }
        return op.microOps().isEmpty() ? op : withValue(op, trimmed(op.microOps(), offsets));
    }

    private static Op withValue(Op op, OpValue value) {
        return new Op(
                op.index(), op.timeNanos(), op.process(), op.type(), op.function(), value, op.rebalanced(), op.error());
    }

    private MicroOps trimmed(List<MicroOp> microOps, Set<Long> offsets) {
        List<MicroOp> kept = new ArrayList<>();
        for (MicroOp microOp : microOps) {
            if (microOp instanceof Send send) {
                if (send.key() == key) {
                    kept.add(send);
                }
            } else if (microOp instanceof Poll poll) {
                kept.add(trimmed(poll, offsets));
            }
        }
        return new MicroOps(kept);
    }

    private Poll trimmed(Poll poll, Set<Long> offsets) {
        List<Seen> records = poll.records() == null ? null : poll.records().get(key);
        if (records == null) {
            return poll.records() == null ? poll : Poll.of(Map.of());
        }
        List<Seen> kept = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            if (matters(records, i - 1, offsets) || matters(records, i, offsets) || matters(records, i + 1, offsets)) {
                kept.add(records.get(i));
            }
        }
        return Poll.of(Map.of(key, kept));
    }

    private static boolean matters(List<Seen> records, int i, Set<Long> offsets) {
        return i >= 0 && i < records.size() && offsets.contains(records.get(i).offset());
    }
}
