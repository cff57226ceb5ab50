package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.OpType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** What happened since the last look, for those who watch. Thread-safe. */
final class Measurements {
    private static final int KEPT = 10_000;

    private final Map<OpType, Integer> sends = new EnumMap<>(OpType.class); // guarded by this
    private final long[] latencies = new long[KEPT]; // guarded by this
    private int kept; // guarded by this
    private int records; // guarded by this
    private int registers; // guarded by this
    private int notClosed; // guarded by this

    synchronized void sent(OpType type, long nanos) {
        sends.merge(type, 1, Integer::sum);
        if (type == OpType.OK && kept < KEPT) {
            latencies[kept++] = nanos;
        }
    }

    synchronized void polled(OpType type, int count) {
        records += count;
        if (type != OpType.OK) {
            sends.merge(OpType.INFO, 0, Integer::sum);
        }
    }

    synchronized void registerUsed() {
        registers++;
    }

    synchronized void failedToClose() {
        notClosed++;
    }

    /** What happened, and begins anew. */
    synchronized Look look() {
        long[] sorted = Arrays.copyOf(latencies, kept);
        Arrays.sort(sorted);
        Look look = new Look(
                sends.getOrDefault(OpType.OK, 0),
                sends.getOrDefault(OpType.FAIL, 0),
                sends.getOrDefault(OpType.INFO, 0),
                records,
                registers,
                notClosed,
                quantile(sorted, 0.5),
                quantile(sorted, 0.99));
        sends.clear();
        kept = 0;
        records = 0;
        registers = 0;
        return look;
    }

    private static double quantile(long[] sorted, double quantile) {
        return sorted.length == 0 ? 0 : sorted[(int) (quantile * (sorted.length - 1))] / 1e6;
    }

    /**
     * One look.
     *
     * @param p50 milliseconds of an acknowledged send; 0: there was none
     */
    record Look(int ok, int failed, int unknown, int records, int registers, int notClosed, double p50, double p99) {}
}
