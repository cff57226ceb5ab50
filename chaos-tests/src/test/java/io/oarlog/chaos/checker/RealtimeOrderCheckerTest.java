package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import org.junit.jupiter.api.Test;

class RealtimeOrderCheckerTest {
    private final Checker checker = new RealtimeOrderChecker();

    @Test
    void shouldFindASendWhenItIsBelowOneThatWasAcknowledgedBeforeIt() {
        // given
        History history =
                new HistoryBuilder().sent(0, 1, 10, 5).sent(2, 1, 11, 4).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly(
                        "key 1: the value 11 was put at offset 4, though offset 5 was known before it was sent");
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void shouldFindAnUncertainSendWhenItIsBelowOneThatWasPolledBeforeIt() {
        // given
        History history = new HistoryBuilder()
                .sends(0, 1, 10)
                .polled(1, 1, 5, 10)
                .sends(2, 1, 11)
                .info(2)
                .polled(1, 1, 4, 11)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly(
                        "key 1: the value 11 was put at offset 4, though offset 5 was known before it was sent");
        assertThat(evidence(verdict)).containsExactly(2L, 3L, 4L, 6L);
    }

    @Test
    void shouldFindNothingWhenSendsOverlap() {
        // given
        History history = new HistoryBuilder()
                .sends(0, 1, 10)
                .sends(2, 1, 11)
                .acknowledged(0, 1, 10, 5)
                .acknowledged(2, 1, 11, 4)
                .sent(3, 2, 12, 0)
                .sent(3, 1, 13, 6)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldFindASendWhenItWasPolledBefore() {
        // given
        History history =
                new HistoryBuilder().polled(1, 1, 5, 10).sent(0, 1, 10, 5).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(evidence(verdict)).containsExactly(1L, 2L, 3L);
    }
}
