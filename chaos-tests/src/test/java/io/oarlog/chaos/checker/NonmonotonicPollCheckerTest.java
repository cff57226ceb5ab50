package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.HistoryBuilder.poll;
import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOps;
import java.util.List;
import org.junit.jupiter.api.Test;

class NonmonotonicPollCheckerTest {
    private final Checker checker = new NonmonotonicPollChecker();

    @Test
    void shouldFindAPollThatGoesBack() {
        // given
        History history = new HistoryBuilder()
                .assigned(5, 1)
                .polled(5, 1, 0, 10, 1, 11)
                .polled(5, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: process 5 polled from offset 1 back to offset 0");
        assertThat(evidence(verdict)).containsExactly(3L, 5L);
    }

    @Test
    void shouldFindAPollThatGivesARecordAgain() {
        // given
        History history = new HistoryBuilder()
                .assigned(5, 1)
                .polled(5, 1, 1, 11)
                .polled(5, 1)
                .polled(5, 1, 1, 11)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: process 5 polled from offset 1 back to offset 1");
    }

    @Test
    void shouldFindWhatGoesBackWithinATransactionWhoeverPolls() {
        // given
        History history = new HistoryBuilder()
                .transacts(5, Poll.invoked(), Poll.invoked())
                .ok(5, new MicroOps(List.of(poll(1, 2, 12), poll(1, 1, 11))))
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: process 5 polled from offset 2 back to offset 1");
        assertThat(evidence(verdict)).containsExactly(1L);
    }

    @Test
    void shouldFindNothingWhenTheConsumerWasMovedOrIsAnother() {
        // given
        History history = new HistoryBuilder()
                .assigned(5, 1, 2)
                .polled(5, 1, 0, 10, 1, 11)
                .polled(5, 2, 0, 20)
                .polled(6, 1, 0, 10)
                .assignedFromBeginning(5, 1)
                .polled(5, 1, 0, 10)
                .subscribed(5, 1)
                .polled(5, 1, 1, 11)
                .polled(5, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("2 steps from record to record");
    }
}
