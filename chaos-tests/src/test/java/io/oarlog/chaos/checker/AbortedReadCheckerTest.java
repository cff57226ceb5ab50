package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import org.junit.jupiter.api.Test;

class AbortedReadCheckerTest {
    private final Checker checker = new AbortedReadChecker();

    @Test
    void shouldFindAValueWhenItsSendFailed() {
        // given
        History history = new HistoryBuilder()
                .sends(0, 1, 10)
                .polled(1, 1, 0, 10)
                .fail(0)
                .polled(1, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: the value 10 was polled, though its send failed");
        assertThat(evidence(verdict)).containsExactly(0L, 2L, 3L);
    }

    @Test
    void shouldFindAValueWhenItWasSentToAnotherKeyAlone() {
        // given
        History history =
                new HistoryBuilder().sent(0, 1, 10, 0).polled(1, 2, 0, 10).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 2: the value 10 was polled, though nobody sent it");
        assertThat(evidence(verdict)).containsExactly(3L);
    }

    @Test
    void shouldFindAValueWhenItWasPolledBeforeItWasSent() {
        // given
        History history =
                new HistoryBuilder().polled(1, 1, 0, 10).sent(0, 1, 10, 0).build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict)).containsExactly("key 1: the value 10 was polled before it was sent");
    }

    @Test
    void shouldFindNothingWhenTheSendWasUnderWayOrUncertain() {
        // given
        History history = new HistoryBuilder()
                .sends(0, 1, 10)
                .sends(2, 1, 11)
                .info(2)
                .sends(3, 1, 12)
                .fail(3)
                .polled(1, 1, 0, 10, 1, 11)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("2 polled records");
    }
}
