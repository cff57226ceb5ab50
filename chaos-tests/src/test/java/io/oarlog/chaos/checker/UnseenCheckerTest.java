package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import org.junit.jupiter.api.Test;

class UnseenCheckerTest {
    private final Checker checker = new UnseenChecker();

    @Test
    void shouldFindAnAcknowledgedRecordWhenItIsAboveAllThatWasPolled() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sent(0, 1, 11, 1)
                .polled(1, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: the value 11 at offset 1 was polled by nobody");
        assertThat(evidence(verdict)).containsExactly(2L, 3L);
    }

    @Test
    void shouldFindAnAcknowledgedRecordWhenItsOffsetIsNotKnown() {
        // given
        History history = new HistoryBuilder().sends(0, 1, 10).ok(0).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: the value 10 was polled by nobody");
    }

    @Test
    void shouldFindNothingWhenAllThatWasAcknowledgedIsPolled() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sends(0, 1, 11)
                .fail(0)
                .sends(0, 1, 12)
                .info(0)
                .sends(2, 1, 13)
                .polled(1, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }
}
