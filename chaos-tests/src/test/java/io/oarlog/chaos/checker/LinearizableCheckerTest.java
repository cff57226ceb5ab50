package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Register;
import org.junit.jupiter.api.Test;

class LinearizableCheckerTest {
    private final Checker checker = new LinearizableChecker(100_000);

    @Test
    void shouldFindAReadOfAnOldValue() {
        // given
        History history = new HistoryBuilder()
                .wrote(0, 1, 7)
                .read(1, 1, 7L)
                .wrote(0, 1, 8)
                .read(1, 1, 8L)
                .read(2, 1, 7L)
                .read(1, 1, 8L)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: no order of the calls explains what op 9 of process 2 was told");
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 4L, 5L, 8L, 9L);
    }

    @Test
    void shouldFindAReadOfNothingAfterAWrite() {
        // given
        History history = new HistoryBuilder().wrote(0, 1, 7).read(1, 1, null).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void shouldFindAReadOfAValueThatNobodyWrote() {
        // given
        History history = new HistoryBuilder()
                .wrote(0, 1, 7)
                .writes(0, 1, 8)
                .fail(0)
                .read(1, 1, 8L)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(evidence(verdict)).containsExactly(4L, 5L);
    }

    @Test
    void shouldFindTwoExchangesOfOneValue() {
        // given
        History history = new HistoryBuilder()
                .wrote(0, 1, 7)
                .compares(1, 1, 7, 8)
                .compares(2, 1, 7, 9)
                .ok(1)
                .ok(2)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(evidence(verdict)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void shouldFindAnUncertainWriteThatIsSeenToComeAndGo() {
        // given
        History history = new HistoryBuilder()
                .wrote(0, 1, 7)
                .writes(1, 1, 8)
                .info(1)
                .read(2, 1, 8L)
                .read(2, 1, 7L)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.INVALID);
    }

    @Test
    void shouldFindNothingWhenConcurrentCallsExplainEachOther() {
        // given
        History history = new HistoryBuilder()
                .read(0, 1, null)
                .writes(0, 1, 7)
                .reads(1, 1)
                .writes(2, 1, 8)
                .ok(2)
                .ok(1, new Register(1, 7L))
                .ok(0)
                .read(3, 1, 8L)
                .compares(3, 1, 7, 9)
                .fail(3)
                .compares(3, 1, 8, 9)
                .ok(3)
                .read(3, 1, 9L)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("7 calls of 1 registers");
    }

    @Test
    void shouldFindNothingWhenAnUncertainWriteShowsLateOrNever() {
        // given
        History history = new HistoryBuilder()
                .writes(0, 1, 7)
                .info(0)
                .writes(1, 1, 8)
                .info(1)
                .compares(4, 1, 7, 10)
                .wrote(2, 1, 9)
                .read(3, 1, 9L)
                .read(3, 1, 7L)
                .wrote(2, 1, 11)
                .read(3, 1, 11L)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldJudgeEachKeyForItself() {
        // given
        History history = new HistoryBuilder()
                .wrote(0, 1, 7)
                .wrote(0, 2, 8)
                .read(1, 1, 7L)
                .read(1, 2, 7L)
                .read(1, 3, 7L)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).hasSize(2);
        assertThat(descriptions(verdict).get(0)).startsWith("key 2");
        assertThat(descriptions(verdict).get(1)).startsWith("key 3");
    }

    @Test
    void shouldKnowNothingWhenTheSearchGoesOverItsBound() {
        // given
        HistoryBuilder history = new HistoryBuilder();
        for (int process = 0; process < 12; process++) {
            history.writes(process, 1, process);
        }
        for (int process = 0; process < 12; process++) {
            history.ok(process);
        }
        for (int process = 0; process < 12; process++) {
            history.reads(process, 1);
        }
        history.ok(0, new Register(1, 0L));
        history.ok(1, new Register(1, 1L));

        // when
        Verdict verdict = new LinearizableChecker(1).check(history.build());

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(verdict.examined()).isEqualTo("14 calls of 1 registers; gave up key 1 after 1 configurations");
    }
}
