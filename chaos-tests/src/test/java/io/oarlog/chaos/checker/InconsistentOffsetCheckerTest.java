package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import org.junit.jupiter.api.Test;

class InconsistentOffsetCheckerTest {
    private final Checker checker = new InconsistentOffsetChecker();

    @Test
    void shouldFindAnOffsetWhenTwoSendsWereAcknowledgedWithIt() {
        // given
        History history =
                new HistoryBuilder().sent(0, 1, 10, 0).sent(0, 1, 11, 0).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: offset 0 holds the value 10 and the value 11");
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void shouldFindAnOffsetOnceWhenAPollGivesAnotherValueThanWasAcknowledged() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .polled(1, 1, 0, 11)
                .polled(1, 1, 0, 10)
                .polled(1, 1, 0, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: offset 0 holds the value 10 and the value 11");
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 3L);
    }

    @Test
    void shouldFindNothingWhenEachOffsetOfAKeyHasOneValue() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sent(0, 2, 11, 0)
                .polled(1, 1, 0, 10)
                .polled(1, 2, 0, 11)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("2 offsets");
    }
}
