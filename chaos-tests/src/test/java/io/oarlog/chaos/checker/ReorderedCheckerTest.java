package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.MicroOps;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReorderedCheckerTest {
    private final Checker checker = new ReorderedChecker();

    @Test
    void shouldFindTwoSendsOfAProcessWhenTheSecondHasTheLowerOffset() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 5)
                .sends(0, 1, 11)
                .fail(0)
                .sent(0, 1, 12, 3)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: process 0 sent to offset 3 after it had sent to offset 5");
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 4L, 5L);
    }

    @Test
    void shouldFindAnUncertainSendWhenItIsPolledBelowTheOneBefore() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 5)
                .sends(0, 1, 11)
                .info(0)
                .polled(1, 1, 4, 11, 5, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: process 0 sent to offset 4 after it had sent to offset 5");
    }

    @Test
    void shouldFindTwoSendsOfOneTransaction() {
        // given
        History history = new HistoryBuilder()
                .transacts(0, new Send(1, null, 10), new Send(1, null, 11))
                .ok(0, new MicroOps(List.of(new Send(1, 3L, 10), new Send(1, 2L, 11))))
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: process 0 sent to offset 2 after it had sent to offset 3");
        assertThat(evidence(verdict)).containsExactly(0L, 1L);
    }

    @Test
    void shouldFindFallingOffsetsWithinOnePoll() {
        // given
        History history = new HistoryBuilder().polled(1, 1, 0, 10, 2, 12, 1, 11).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: one poll gave offset 1 behind offset 2");
        assertThat(evidence(verdict)).containsExactly(1L);
    }

    @Test
    void shouldFindNothingWhenOthersOrOtherKeysAreBelow() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 5)
                .sent(0, 2, 11, 3)
                .sent(2, 1, 12, 4)
                .sent(0, 1, 13, 6)
                .polled(1, 1, 5, 10)
                .polled(1, 1, 4, 12, 5, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("7 sends and polled records");
    }
}
