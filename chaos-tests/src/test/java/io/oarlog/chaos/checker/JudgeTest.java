package io.oarlog.chaos.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.OpFunction;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class JudgeTest {
    private static final History SOUND = new HistoryBuilder()
            .sent(0, 1, 10, 0)
            .assignedFromBeginning(1, 1)
            .polled(1, 1, 0, 10)
            .committed(1, 1, 1)
            .fault("kill node 1")
            .crashed(1)
            .build();

    @Test
    void shouldGiveOneVerdictOfEachChecker() {
        // when
        Judgement judgement = new Judge(Checkers.ofLog()).judge(SOUND);

        // then
        assertThat(judgement.outcome()).isEqualTo(Outcome.VALID);
        assertThat(judgement.verdicts())
                .extracting(Verdict::checker)
                .containsExactly(
                        "lost",
                        "unseen",
                        "duplicate",
                        "inconsistent-offset",
                        "reordered",
                        "realtime-order",
                        "poll-skip",
                        "nonmonotonic-poll",
                        "aborted-read",
                        "vanished");
    }

    @Test
    void shouldBeInvalidWhenOneVerdictIs() {
        // given
        History history = new HistoryBuilder().sent(0, 1, 10, 0).build();

        // when
        Judgement judgement = new Judge(Checkers.ofLog()).judge(history);

        // then
        assertThat(judgement.outcome()).isEqualTo(Outcome.INVALID);
        assertThat(judgement.of("unseen")).map(Verdict::outcome).contains(Outcome.INVALID);
        assertThat(judgement.of("no such checker")).isEmpty();
    }

    @Test
    void shouldBeUnknownWhenNoVerdictIsInvalidAndOneIsUnknown() {
        // given
        List<Checker> checkers = List.of(
                new LostChecker(),
                Checkers.liveness(Duration.ofSeconds(1), Duration.ofMillis(100)),
                Checkers.ownerless(Duration.ofSeconds(1), Duration.ofSeconds(1)));

        // when
        Judgement judgement = new Judge(checkers).judge(SOUND);

        // then
        assertThat(judgement.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void shouldBeUnknownWhenThereAreNoCheckers() {
        // when
        Judgement judgement = new Judge(List.of()).judge(SOUND);

        // then
        assertThat(judgement.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void shouldRefuseAHistoryWhenAProcessDoesTwoThingsAtATime() {
        assertRefused(new HistoryBuilder().sends(0, 1, 1).sends(0, 1, 2), "is invoked before its last one ended");
        assertRefused(
                new HistoryBuilder()
                        .sends(0, 1, 1)
                        .polls(1)
                        .ok(0)
                        .ok(1)
                        .sends(0, 1, 2)
                        .info(0)
                        .polls(0),
                "op 6 of process 0 comes after op 5, which nobody knows the end of");
        assertRefused(
                new HistoryBuilder().sends(0, 1, 1).ok(0).polls(1).ended(0, OpFunction.SEND),
                "op 3 of process 0 ends and was not invoked");
        assertRefused(
                new HistoryBuilder().sends(0, 1, 1).ended(0, OpFunction.POLL),
                "op 1 of process 0 ends op 0, which is another function");
    }

    private static void assertRefused(HistoryBuilder history, String message) {
        assertThatThrownBy(() -> new Judge(List.of()).judge(history.build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
