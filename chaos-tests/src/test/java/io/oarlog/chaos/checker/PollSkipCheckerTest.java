package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.HistoryBuilder.poll;
import static io.oarlog.chaos.checker.HistoryBuilder.send;
import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOps;
import org.junit.jupiter.api.Test;

class PollSkipCheckerTest {
    private final Checker checker = new PollSkipChecker();

    private static HistoryBuilder sentFourRecords() {
        return new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sent(0, 1, 11, 1)
                .sent(0, 1, 12, 3)
                .sent(0, 1, 13, 4);
    }

    @Test
    void shouldFindARecordBetweenTwoPolls() {
        // given
        History history = sentFourRecords()
                .assigned(5, 1)
                .polled(5, 1, 0, 10)
                .polled(5, 1, 3, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly(
                        "key 1: process 5 polled from offset 0 to offset 3 and left out offset 1 with the value 11");
        assertThat(evidence(verdict)).containsExactly(2L, 3L, 11L, 13L);
    }

    @Test
    void shouldFindARecordWithinOnePollWhoeverPolls() {
        // given
        History history =
                sentFourRecords().subscribed(5, 1).polled(5, 1, 0, 10, 3, 12).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).hasSize(1);
        assertThat(evidence(verdict)).containsExactly(2L, 3L, 11L);
    }

    @Test
    void shouldFindTheFirstRecordWhenAnAssignmentFromTheBeginningLeavesItOut() {
        // given
        History history = sentFourRecords()
                .assignedFromBeginning(5, 1)
                .polled(5, 1)
                .polled(5, 1, 1, 11)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly(
                        "key 1: process 5 polled from the start to offset 1 and left out offset 0 with the value 10");
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 9L, 13L);
    }

    @Test
    void shouldFindARecordWhenOnlyAnotherPollKnowsOfIt() {
        // given
        History history = new HistoryBuilder()
                .assigned(5, 1)
                .polled(5, 1, 0, 10)
                .polled(5, 1, 2, 12)
                .polled(6, 1, 1, 11)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(evidence(verdict)).containsExactly(3L, 5L, 7L);
    }

    @Test
    void shouldFindNothingWhenOnlyOffsetsWithoutRecordsAreLeftOut() {
        // given
        History history = sentFourRecords()
                .sends(2, 1, 14)
                .fail(2, send(1, 2L, 14))
                .assignedFromBeginning(5, 1)
                .polled(5, 1, 0, 10, 1, 11)
                .polled(5, 1)
                .polled(5, 1, 3, 12)
                .polled(5, 1, 4, 13)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("4 steps from record to record");
    }

    @Test
    void shouldFindNothingWhenTheConsumerWasMovedBetween() {
        // given
        History history = sentFourRecords()
                .assigned(5, 1)
                .polled(5, 1, 0, 10)
                .assigned(5, 1)
                .polled(5, 1, 3, 12)
                .crashed(5)
                .polled(6, 1, 0, 10)
                .polled(6, 1, 3, 12)
                .assigned(7, 1)
                .polled(7, 1, 0, 10)
                .rebalanced(1)
                .polls(7)
                .got(7, 1)
                .polled(7, 1, 3, 12)
                .polls(7)
                .rebalanced(1)
                .got(7, 1, 0, 10, 3, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(verdict.examined()).isEqualTo("no steps from record to record");
    }

    @Test
    void shouldFindNothingBehindATransactionThatFailed() {
        // given
        History history = sentFourRecords()
                .assigned(5, 1)
                .polled(5, 1, 0, 10)
                .transacts(5, Poll.invoked())
                .fail(5, MicroOps.of(poll(1, 1, 11)))
                .polled(5, 1, 4, 13)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }
}
