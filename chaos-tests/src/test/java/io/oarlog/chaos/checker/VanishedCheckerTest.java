package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import org.junit.jupiter.api.Test;

class VanishedCheckerTest {
    private final Checker checker = new VanishedChecker();

    @Test
    void shouldFindARecordWhenALaterPollReadsPastIt() {
        // given
        History history = new HistoryBuilder()
                .sends(0, 1, 11)
                .info(0)
                .polled(6, 1, 0, 10, 1, 11)
                .assigned(5, 1)
                .polled(5, 1, 0, 10)
                .polled(5, 1, 2, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: the value 11 at offset 1 was polled, and was not there when process 5 polled"
                        + " past it");
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 3L, 7L, 8L, 9L);
    }

    @Test
    void shouldFindARecordOnceWhenAnotherValueIsInItsPlace() {
        // given
        History history = new HistoryBuilder()
                .polled(6, 1, 0, 10, 1, 11)
                .polled(5, 1, 0, 10, 1, 99, 2, 12)
                .polled(7, 1, 0, 10, 2, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).hasSize(1);
        assertThat(evidence(verdict)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void shouldFindNothingWhenThePollBeganBeforeTheRecordWasSeen() {
        // given
        History history = new HistoryBuilder()
                .polls(5)
                .polled(6, 1, 0, 10, 1, 11)
                .got(5, 1, 0, 10, 2, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldFindNothingWhenThePollsThatReadPastItAreNotInARow() {
        // given
        History history = new HistoryBuilder()
                .polled(6, 1, 0, 10, 1, 11, 2, 12)
                .assigned(5, 1)
                .polled(5, 1, 0, 10)
                .assigned(5, 1)
                .polled(5, 1, 2, 12)
                .polled(7, 1, 0, 10)
                .polled(7, 1, 2, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }
}
