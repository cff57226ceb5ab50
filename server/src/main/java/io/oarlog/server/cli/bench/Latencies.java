package io.oarlog.server.cli.bench;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How long something took, many times. Thread-safe. */
final class Latencies {
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Histogram nanos = new ConcurrentHistogram(SIGNIFICANT_DIGITS);

    void add(long tookNanos) {
        nanos.recordValue(Math.max(0, tookNanos));
    }

    /**
     * What there is so far, to three digits.
     *
     * @param what took so long
     */
    Percentiles percentiles(String what) {
        return new Percentiles(
                what, at(50), at(90), at(95), at(99), at(99.9), at(100), nanos.getMean() / NANOS_PER_MILLI);
    }

    private double at(double percentile) {
        return nanos.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }

    /** In milliseconds, as they are printed in JSON. Immutable. */
    record Percentiles(
            String what,
            double p50Millis,
            double p90Millis,
            double p95Millis,
            double p99Millis,
            double p999Millis,
            double maxMillis,
            double meanMillis) {}
}
