package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import org.junit.jupiter.api.Test;

class CommitInventedCheckerTest {
    private final Checker checker = new CommitInventedChecker();

    @Test
    void shouldFindAnOffsetThatNobodyCommitted() {
        // given
        History history = new HistoryBuilder().committed(0, 1, 5).asked(1, 1, 6).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: offset 6 was found, which nobody committed");
        assertThat(evidence(verdict)).containsExactly(3L);
    }

    @Test
    void shouldFindAnOffsetOfAnotherKey() {
        // given
        History history = new HistoryBuilder()
                .committed(0, 1, 5)
                .committed(0, 2, 7)
                .asked(1, 2, 5)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 2: offset 5 was found, which nobody committed");
    }

    @Test
    void shouldBelieveACommitWhoseEndIsUnknown() {
        // given
        History history =
                new HistoryBuilder().commits(0, 1, 5).info(0).asked(1, 1, 5).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldNotTellWithoutOffsets() {
        assertThat(checker.check(new HistoryBuilder().committed(0, 1, 5).build())
                        .outcome())
                .isEqualTo(Outcome.UNKNOWN);
    }
}
