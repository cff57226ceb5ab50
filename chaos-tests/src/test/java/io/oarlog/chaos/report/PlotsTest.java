package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlotsTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void shouldGiveAColumnForEachSeries() {
        // given
        Timeline timeline = new Timeline(
                List.of(
                        new Second(4, 2, 1, 0, 9, new Latency(2_500_000, 3_000_000, 4_000_000)),
                        new Second(5, 0, 0, 3, 0, null)),
                List.of(),
                new Silence(SECOND, 3 * SECOND, true),
                0,
                5 * SECOND,
                List.of());

        // when
        String json = Plots.of(timeline).json();

        // then
        assertThat(json)
                .isEqualTo("{\"seconds\":[4,5],\"p50\":[2.5,null],\"p99\":[3.0,null],\"max\":[4.0,null],"
                        + "\"acknowledged\":[2,0],\"unknown\":[0,3],\"refused\":[1,0],\"polled\":[9,0],\"faults\":[],"
                        + "\"silence\":{\"from\":1.0,\"to\":3.0,\"text\":\"2.0 s without an acknowledged send\","
                        + "\"minority\":false,\"lane\":0},\"finalReads\":5.0}");
    }

    @Test
    void shouldPutFaultsThatAreOpenTogetherInDifferentLanes() {
        // given
        List<FaultSpan> faults =
                List.of(span("a", 1, 9), span("b", 2, 9), span("c", 3, 9), span("d", 4, 6), span("e", 7, 8));

        // when
        Plots plots = Plots.of(new Timeline(List.of(), faults, null, 0, null, List.of()));

        // then
        assertThat(plots.faults()).extracting(Plots.Band::lane).containsExactly(0, 1, 2, 3, 3);
    }

    private static FaultSpan span(String text, long begin, long end) {
        return new FaultSpan(text, begin * SECOND, end * SECOND, true, 0, 0, 0, 0, 0);
    }
}
