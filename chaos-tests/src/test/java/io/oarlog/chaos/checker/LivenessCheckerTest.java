package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LivenessCheckerTest {
    private final Checker checker = new LivenessChecker(Duration.ofMillis(1000), Duration.ofMillis(200));

    /** Sends of one key that all fail, by one process after the other. */
    private static HistoryBuilder triesInVain(HistoryBuilder history, int key, long fromValue, int times) {
        for (int i = 0; i < times; i++) {
            history.sends(0, key, fromValue + i).after(98).fail(0);
        }
        return history;
    }

    @Test
    void shouldFindAKeyThatTakesNoSendAfterTheLastHeal() {
        // given
        HistoryBuilder history = new HistoryBuilder()
                .sent(0, 1, 1, 0)
                .fault("kill node 1")
                .fault("kill node 2")
                .healed("kill node 1")
                .healed("kill node 2");
        triesInVain(history, 1, 10, 11).sent(0, 1, 100, 1);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(descriptions(verdict))
                .containsExactly(
                        "key 1: no send was acknowledged from 7 ms to 1108 ms, after the end of `kill node 2`");
        assertThat(evidence(verdict)).containsExactly(5L, 6L, 28L, 29L);
    }

    @Test
    void shouldFindAKeyWhenItsOnlySendHangs() {
        // given
        History history = new HistoryBuilder()
                .fault("kill node 1")
                .healed("kill node 1")
                .sends(0, 1, 1)
                .after(500)
                .sent(1, 2, 1, 0)
                .after(600)
                .sent(1, 2, 2, 1)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly(
                        "key 1: no send was acknowledged from 3 ms to 1107 ms, after the end of `kill node 1`");
        assertThat(evidence(verdict)).containsExactly(1L, 2L);
    }

    @Test
    void shouldFindAKeyThatTakesNoSendUnderTheFaultOfAMinority() {
        // given
        HistoryBuilder history =
                new HistoryBuilder().fault("minority kill node 1").sent(0, 1, 1, 0);
        triesInVain(history, 1, 10, 11).healed("minority kill node 1");

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: no send was acknowledged from 4 ms to 1103 ms, under `minority kill node 1`");
    }

    @Test
    void shouldFindNothingUnderFaultsOfAMajorityOrWhileTheyChange() {
        // given
        HistoryBuilder history = new HistoryBuilder().fault("kill node 1");
        triesInVain(history, 1, 10, 11).healed("kill node 1").fault("minority kill node 1");
        history.fault("minority kill node 2");
        triesInVain(history, 1, 30, 11).healed("minority kill node 1");
        history.nemesis(OpFunction.HEAL, OpType.INVOKE, "minority kill node 2", null);
        triesInVain(history, 1, 50, 11).healed("minority kill node 2").sent(0, 1, 100, 0);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined())
                .isEqualTo("1 sends without a fault or under one of a minority; longest in vain: 1 ms");
    }

    @Test
    void shouldFindNothingWhenAFaultOrItsHealMayNotHaveHappened() {
        // given
        HistoryBuilder history = new HistoryBuilder()
                .nemesis(OpFunction.FAULT, OpType.INFO, "kill node 1", "no answer")
                .nemesis(OpFunction.HEAL, OpType.INFO, "kill node 1", "no answer");
        triesInVain(history, 1, 10, 11);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void shouldFindAKeyWhenTheFaultDidNotHappen() {
        // given
        HistoryBuilder history = new HistoryBuilder().nemesis(OpFunction.FAULT, OpType.FAIL, "kill node 1", null);
        triesInVain(history, 1, 10, 11);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.INVALID);
    }

    @Test
    void shouldFindNothingWhenClientsDoNotTryAllTheTime() {
        // given
        HistoryBuilder history = new HistoryBuilder().fault("kill node 1").healed("kill node 1");
        triesInVain(history, 1, 10, 6).after(300);
        triesInVain(history, 1, 20, 6);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldFindNothingWhenOnlySendsFromBeforeTheHealHang() {
        // given
        History history = new HistoryBuilder()
                .fault("kill node 1")
                .sends(0, 1, 1)
                .healed("kill node 1")
                .after(2000)
                .fail(0)
                .sent(0, 1, 2, 0)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldFindNothingWhenASendFromBeforeTheHealSucceedsAfterAPause() {
        // given
        HistoryBuilder history =
                new HistoryBuilder().fault("kill node 1").sends(7, 1, 1).healed("kill node 1");
        triesInVain(history, 1, 10, 6).after(600).ok(7);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldFindNothingWhenAnotherFaultBeginsWithinTheBound() {
        // given
        HistoryBuilder history = new HistoryBuilder().fault("kill node 1").healed("kill node 1");
        triesInVain(history, 1, 10, 6).fault("kill node 2");
        triesInVain(history, 1, 20, 6).healed("kill node 2");
        triesInVain(history, 1, 30, 6);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }
}
