package io.oarlog.server.cli.bench;

import io.oarlog.server.cli.bench.Latencies.Percentiles;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;

/**
 * What was measured, as it is printed in JSON. Immutable.
 *
 * @param bytes of keys and values
 * @param megabytesPerSecond of 1,000,000 bytes each
 */
record BenchReport(
        String topic,
        long records,
        long bytes,
        double seconds,
        double recordsPerSecond,
        double megabytesPerSecond,
        List<Percentiles> latencies) {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double BYTES_PER_MEGABYTE = 1e6;

    static BenchReport of(String topic, long records, long bytes, long tookNanos, List<Percentiles> latencies) {
        double seconds = tookNanos / NANOS_PER_SECOND;
        return new BenchReport(
                topic,
                records,
                bytes,
                seconds,
                records / seconds,
                bytes / BYTES_PER_MEGABYTE / seconds,
                List.copyOf(latencies));
    }

    void print(OutputOption output, PrintWriter out) {
        if (output.isJson()) {
            out.println(OutputOption.json(this));
            return;
        }
        out.printf(
                Locale.ROOT,
                "%,d records, %,.1f MB in %,.2f s: %,.0f records/s, %,.2f MB/s%n",
                records,
                bytes / BYTES_PER_MEGABYTE,
                seconds,
                recordsPerSecond,
                megabytesPerSecond);
        TextTable table = new TextTable("MILLISECONDS", "P50", "P90", "P95", "P99", "P99.9", "MAX", "MEAN");
        latencies.forEach(l -> table.row(
                l.what(),
                hundredths(l.p50Millis()),
                hundredths(l.p90Millis()),
                hundredths(l.p95Millis()),
                hundredths(l.p99Millis()),
                hundredths(l.p999Millis()),
                hundredths(l.maxMillis()),
                hundredths(l.meanMillis())));
        table.print(out);
    }

    private static BigDecimal hundredths(double millis) {
        return BigDecimal.valueOf(millis).setScale(2, RoundingMode.HALF_UP);
    }
}
