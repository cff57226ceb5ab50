package io.oarlog.server.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.server.cli.bench.Latencies.Percentiles;
import io.oarlog.server.cli.terminal.OutputOption;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class BenchReportTest {
    @Test
    void shouldGiveRatesAndPercentiles() {
        // given: 1 to 1,000 ms
        Latencies latencies = new Latencies();
        for (long millis = 1; millis <= 1_000; millis++) {
            latencies.add(millis * 1_000_000);
        }

        // when
        BenchReport report =
                BenchReport.of("t", 1_000, 2_000_000, 4_000_000_000L, List.of(latencies.percentiles("acknowledged")));

        // then: to three digits
        assertThat(report.recordsPerSecond()).isEqualTo(250);
        assertThat(report.megabytesPerSecond()).isEqualTo(0.5);
        Percentiles percentiles = report.latencies().get(0);
        assertThat(percentiles.p50Millis()).isBetween(499.0, 501.0);
        assertThat(percentiles.p99Millis()).isBetween(989.0, 991.0);
        assertThat(percentiles.p999Millis()).isBetween(998.0, 1_000.0);
        assertThat(percentiles.maxMillis()).isBetween(999.0, 1_001.0);
        assertThat(percentiles.meanMillis()).isBetween(500.0, 501.0);
    }

    @Test
    void shouldPrintALineAndATable() {
        // given
        BenchReport report = BenchReport.of(
                "t",
                12_345,
                12_345_000,
                2_000_000_000L,
                List.of(new Percentiles("consumed", 1, 2, 3, 4, 5, 60.128, 1.5)));
        OutputOption output = new OutputOption();
        new CommandLine(output).parseArgs();
        StringWriter out = new StringWriter();

        // when
        report.print(output, new PrintWriter(out, true));

        // then
        assertThat(out.toString()).isEqualToNormalizingNewlines("""
                        12,345 records, 12.3 MB in 2.00 s: 6,173 records/s, 6.17 MB/s
                        MILLISECONDS   P50   P90   P95   P99  P99.9    MAX  MEAN
                        consumed      1.00  2.00  3.00  4.00   5.00  60.13  1.50
                        """);
    }
}
