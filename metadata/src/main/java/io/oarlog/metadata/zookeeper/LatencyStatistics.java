package io.oarlog.metadata.zookeeper;

import java.util.concurrent.TimeUnit;

/** How long answers took, in ms. Thread-safe. */
final class LatencyStatistics {
    // Guarded by this.
    private long count;
    private long totalNanos;
    private long minMillis;
    private long maxMillis;
    private long lastMillis;

    synchronized void add(long nanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        minMillis = count == 0 ? millis : Math.min(minMillis, millis);
        maxMillis = Math.max(maxMillis, millis);
        lastMillis = millis;
        totalNanos += nanos;
        count++;
    }

    /** 0 when there is none. */
    synchronized double averageMillis() {
        return count == 0 ? 0 : totalNanos / 1e6 / count;
    }

    synchronized long minMillis() {
        return minMillis;
    }

    synchronized long maxMillis() {
        return maxMillis;
    }

    synchronized long lastMillis() {
        return lastMillis;
    }

    synchronized void reset() {
        count = 0;
        totalNanos = 0;
        minMillis = 0;
        maxMillis = 0;
    }
}
