package io.oarlog.chaos.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of a history: an operation begins or ends.
 *
 * @param index place in the history, from 0 without gaps
 * @param timeNanos since the history began
 * @param process who: one operation at a time, and none after one that ended as {@link OpType#INFO}; {@link #NEMESIS}
 * @param rebalanced keys that came or went with a rebalance during the operation; {@code :rebalance-log} in EDN when not empty
 * @param error why it did not end as {@link OpType#OK}
 */
public record Op(
        long index,
        long timeNanos,
        long process,
        OpType type,
        OpFunction function,
        OpValue value,
        List<Integer> rebalanced,
        @Nullable String error) {
    /** The process of the nemesis: {@code :nemesis} in EDN. */
    public static final long NEMESIS = -1;

    public Op {
        rebalanced = List.copyOf(rebalanced);
    }

    public static Op of(long index, long timeNanos, long process, OpType type, OpFunction function, OpValue value) {
        return new Op(index, timeNanos, process, type, function, value, List.of(), null);
    }

    public boolean isNemesis() {
        return process == NEMESIS;
    }

    /** The sends and polls of this operation; empty when it has none. */
    public List<MicroOp> microOps() {
        return value instanceof MicroOps microOps ? microOps.list() : List.of();
    }
}
