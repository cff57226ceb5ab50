package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.OpFunction;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommitBackCheckerTest {
    private final Checker checker = new CommitBackChecker();

    @Test
    void shouldFindAReadBelowWhatWasAcknowledgedBeforeIt() {
        // given
        History history = new HistoryBuilder().committed(0, 1, 5).asked(1, 1, 4).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: offset 4 was found after offset 5");
        assertThat(evidence(verdict)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void shouldFindAReadWithoutTheOffsetThatWasAcknowledged() {
        // given
        History history = new HistoryBuilder().committed(0, 1, 5).asked(1, 2, 4).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: no offset was found after offset 5");
    }

    @Test
    void shouldFindAReadBelowAnEarlierReadOfAnUncertainCommit() {
        // given
        History history = new HistoryBuilder()
                .committed(0, 1, 4)
                .commits(0, 1, 5)
                .info(0)
                .asked(1, 1, 5)
                .asked(2, 1, 4)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: offset 4 was found after offset 5");
        assertThat(evidence(verdict)).containsExactly(5L, 6L, 7L);
    }

    @Test
    void shouldFindAnAcknowledgedCommitBelowAnEarlierOne() {
        // given
        History history =
                new HistoryBuilder().committed(0, 1, 5).committed(1, 1, 4).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: offset 4 was committed after offset 5");
        assertThat(evidence(verdict)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void shouldFindNothingWhenCallsOverlapOrAreUncertain() {
        // given
        History history = new HistoryBuilder()
                .committed(0, 1, 3)
                .asks(1)
                .commits(2, 1, 4)
                .committed(0, 1, 5)
                .ok(2)
                .told(1, 1, 3)
                .commits(2, 1, 6)
                .info(2)
                .asked(1, 1, 5)
                .commits(0, 1, 2)
                .fail(0)
                .asked(1, 1, 6)
                .asked(1, 1, 6)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("7 commits and reads of committed offsets");
    }

    @Test
    void shouldCutOtherKeysOffTheEvidence() {
        // given
        History history = new HistoryBuilder()
                .invoke(0, OpFunction.COMMIT, Offsets.of(Map.of(1, 5L, 2, 7L)))
                .ok(0)
                .asks(1)
                .ok(1, Offsets.of(Map.of(1, 4L, 2, 7L)))
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.anomalies().get(0).evidence())
                .extracting(op -> op.value())
                .containsExactly(Offsets.of(Map.of(1, 5L)), Offsets.of(Map.of()), Offsets.of(Map.of(1, 4L)));
    }
}
