package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RepeatCommandTest {
    @Test
    void shouldNotNameKindsOfAPlanOfAll() {
        // when
        RepeatCommand command = RepeatCommand.of(run(300, ""), plan(300, List.of(FaultKind.values())), List.of());

        // then
        assertThat(command)
                .isEqualTo(
                        new RepeatCommand("./oarlog chaos run --substrate netns --time 5m --seed 7 --nodes 5", true));
    }

    @Test
    void shouldNameKindsInTheirOrder() {
        // given
        List<FaultKind> kinds = List.of(FaultKind.POWER_ALL, FaultKind.KILL, FaultKind.RING);

        // when
        RepeatCommand command = RepeatCommand.of(run(3_600, ""), plan(3_600, kinds), List.of());

        // then
        assertThat(command.isExact()).isTrue();
        assertThat(command.line()).contains(" --time 1h ").endsWith(" --nemesis power-all,kill,ring");
    }

    @Test
    void shouldSayWhenThePlanIsNotKnown() {
        assertThat(RepeatCommand.of(run(95, ""), null, List.of()))
                .isEqualTo(
                        new RepeatCommand("./oarlog chaos run --substrate netns --time 95s --seed 7 --nodes 5", false));
    }

    @Test
    void shouldTakeOptionsAsTheyWereGiven() {
        // when
        RepeatCommand command = RepeatCommand.of(
                run(60, "ack-early"),
                plan(60, List.of(FaultKind.values())),
                List.of("--rate", "50", "--dir", "it's $here"));

        // then
        assertThat(command)
                .isEqualTo(new RepeatCommand(
                        "./oarlog chaos run --substrate netns --time 1m --seed 7 --nodes 5 --rate 50"
                                + " --dir 'it'\\''s $here' --mutant ack-early",
                        true));
    }

    private static Plan plan(long seconds, List<FaultKind> kinds) {
        return Plan.draw(7, 5, Duration.ofSeconds(seconds), kinds);
    }

    private static RunSummary run(long seconds, String mutant) {
        return new RunSummary(
                7, "netns", 5, seconds, Map.of(), Map.of(), Map.of(), mutant, List.of(0L, 0L, 0L), List.of());
    }
}
