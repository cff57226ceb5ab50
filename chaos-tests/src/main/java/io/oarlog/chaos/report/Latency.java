package io.oarlog.chaos.report;

import java.util.Arrays;

/** How long the sends took that were acknowledged in a second, by nearest rank. */
record Latency(long p50Nanos, long p99Nanos, long maxNanos) {
    /**
     * Of at least one send.
     *
     * @param nanos sorted on return
     * @param count how many of them, from the first
     */
    static Latency of(long[] nanos, int count) {
        Arrays.sort(nanos, 0, count);
        return new Latency(nanos[rank(0.5, count)], nanos[rank(0.99, count)], nanos[count - 1]);
    }

    private static int rank(double quantile, int count) {
        return (int) Math.ceil(quantile * count) - 1;
    }
}
