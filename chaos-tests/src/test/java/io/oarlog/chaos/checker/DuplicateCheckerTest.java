package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import org.junit.jupiter.api.Test;

class DuplicateCheckerTest {
    private final Checker checker = new DuplicateChecker();

    @Test
    void shouldFindAValueWhenItIsPolledAtTwoOffsets() {
        // given
        History history = new HistoryBuilder()
                .sends(0, 1, 10)
                .info(0)
                .polled(1, 1, 0, 10)
                .polled(1, 1, 1, 11, 2, 10)
                .polled(1, 1, 0, 10)
                .polled(1, 1, 2, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: the value 10 is at offset 0 and at offset 2");
        assertThat(evidence(verdict)).containsExactly(3L, 5L);
    }

    @Test
    void shouldFindAValueWhenItIsPolledElsewhereThanAcknowledged() {
        // given
        History history =
                new HistoryBuilder().polled(1, 1, 1, 10).sent(0, 1, 10, 0).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: the value 10 is at offset 1 and at offset 0");
        assertThat(evidence(verdict)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void shouldFindNothingWhenEachValueHasOneOffsetInItsKey() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sent(0, 2, 10, 5)
                .polled(1, 1, 0, 10)
                .polled(1, 2, 5, 10)
                .polled(1, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("2 records");
    }
}
