package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.HistoryBuilder.poll;
import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OwnerlessCheckerTest {
    private final Checker checker = new OwnerlessChecker(Duration.ofMillis(100), Duration.ofMillis(200));

    private static HistoryBuilder healed() {
        return new HistoryBuilder().subscribed(5, 1, 2).fault("kill node 1").healed("kill node 1");
    }

    @Test
    void shouldFindAKeyWhenNoSubscriberPollsWhatIsAcknowledged() {
        // given
        History history = healed().after(100)
                .sent(0, 1, 10, 0)
                .sent(0, 1, 11, 1)
                .sent(0, 2, 20, 0)
                .polled(5, 2, 0, 20)
                .after(200)
                .polled(6, 1, 0, 10, 1, 11)
                .polled(5, 2)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: no subscriber polled within 200 ms what was acknowledged from 106 ms on, 2"
                        + " records in all");
        assertThat(evidence(verdict)).containsExactly(3L, 4L, 5L);
        assertThat(verdict.examined()).isEqualTo("3 sends after the last fault");
    }

    @Test
    void shouldFindAKeyWhenASubscriberPollsTooLate() {
        // given
        History history = healed().after(100)
                .sent(0, 1, 10, 0)
                .after(200)
                .polled(5, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(evidence(verdict)).containsExactly(3L, 4L, 5L, 7L);
        assertThat(verdict.anomalies().get(0).evidence().get(3).microOps()).containsExactly(poll(1, 0, 10));
    }

    @Test
    void shouldFindNothingWhenSubscribersPollInTime() {
        // given
        History history = healed().sent(0, 1, 9, 0)
                .after(100)
                .sent(0, 1, 10, 1)
                .after(100)
                .polled(5, 1, 1, 10)
                .after(200)
                .polled(5, 1)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("1 sends after the last fault");
    }

    @Test
    void shouldKnowNothingWhenSubscribersStopped() {
        // given
        History history = healed().after(100)
                .sent(0, 1, 10, 0)
                .polled(5, 1)
                .assigned(5, 1)
                .after(200)
                .polled(5, 1)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void shouldKnowNothingWhenAFaultIsOpenAtTheEnd() {
        // given
        History history = healed().fault("kill node 2")
                .after(100)
                .sent(0, 1, 10, 0)
                .after(200)
                .polled(5, 1)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(verdict.examined()).isEqualTo("still open at the end: kill node 2");
    }
}
