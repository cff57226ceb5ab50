package io.oarlog.chaos.report;

import io.oarlog.chaos.history.OpType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts by the second. Keeps the latencies of the second that is counted, of those before it their quantiles alone. Confined
 * to one thread.
 */
final class SecondCounter {
    private static final long NANOS = 1_000_000_000;

    private final List<Second> ended = new ArrayList<>();
    private final long first;
    private long[] latencies = new long[64];
    private int kept;
    private int acknowledged;
    private int refused;
    private int unknown;
    private int polled;

    /** @param nowNanos within the first second that is counted */
    SecondCounter(long nowNanos) {
        this.first = nowNanos / NANOS;
    }

    /** Ends the seconds before this time. Times never go back. */
    void advance(long nowNanos) {
        while (current() < nowNanos / NANOS) {
            endCurrent();
        }
    }

    /** A send ended. */
    void sent(OpType type) {
        switch (type) {
            case OK -> acknowledged++;
            case FAIL -> refused++;
            case INFO -> unknown++;
            case INVOKE -> throw new IllegalArgumentException("an invocation ends nothing");
        }
    }

    /** One that was acknowledged took so long. */
    void took(long nanos) {
        if (kept == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * kept);
        }
        latencies[kept++] = nanos;
    }

    void polled(int records) {
        polled += records;
    }

    /** All seconds, without gaps, with the one that is counted. */
    List<Second> seconds() {
        List<Second> all = new ArrayList<>(ended);
        all.add(snapshot());
        return all;
    }

    private long current() {
        return first + ended.size();
    }

    private void endCurrent() {
        ended.add(snapshot());
        kept = 0;
        acknowledged = 0;
        refused = 0;
        unknown = 0;
        polled = 0;
    }

    private Second snapshot() {
        return new Second(
                current(), acknowledged, refused, unknown, polled, kept == 0 ? null : Latency.of(latencies, kept));
    }
}
