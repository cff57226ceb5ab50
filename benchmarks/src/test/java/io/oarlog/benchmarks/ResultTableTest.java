package io.oarlog.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTableTest {
    private static final Figures FIGURES = new Figures(10, 9, 16_000);

    @Test
    void shouldSayThatATargetIsMet() {
        assertThat(ResultTable.row(comparison(Target.ratioOf(0.8)), FIGURES))
                .isEqualTo("| append | 1,600 MB/s, 10.0 µs | 1,778 MB/s, 9.00 µs | 0.90 | ratio of 0.80 | yes |");
    }

    @Test
    void shouldSayThatATargetIsMissed() {
        assertThat(ResultTable.row(comparison(Target.microsOf(2)), FIGURES)).endsWith("| 2.00 µs | **no** |");
        assertThat(ResultTable.row(comparison(Target.megabytesPerSecondOf(1700)), FIGURES))
                .endsWith("| 1,700 MB/s | **no** |");
    }

    @Test
    void shouldJudgeNothingWithoutATarget() {
        assertThat(ResultTable.row(comparison(Target.NONE), FIGURES)).endsWith("| 0.90 |  |  |");
    }

    @Test
    void shouldTakeTheMiddleOfNumbers() {
        assertThat(Median.of(9, 1, 5)).isEqualTo(5);
        assertThat(Median.of(9, 1, 5, 7)).isEqualTo(6);
    }

    private static Comparison comparison(Target target) {
        return new Comparison("append", AppendBenchmark.class, Map.of(), 16_000, target);
    }
}
