package io.oarlog.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateGrowthTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "100", "100 100 100", "100 120 140 160", "100 90 80 107", "100 100 100 100 110 90 90"})
    void shouldGoOnWhileRatesGrow(String rates) {
        assertThat(after(rates).hasEnded()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"100 100 100 100", "100 102 90 104", "100 140 139 141 138", "100 200 50 50 50"})
    void shouldEndWhenThreeBroughtNoNotableGain(String rates) {
        assertThat(after(rates).hasEnded()).isTrue();
    }

    private static RateGrowth after(String rates) {
        RateGrowth growth = new RateGrowth();
        numbers(rates).forEach(growth::add);
        return growth;
    }

    private static DoubleStream numbers(String text) {
        return Arrays.stream(text.split(" ")).filter(each -> !each.isEmpty()).mapToDouble(Double::parseDouble);
    }
}
