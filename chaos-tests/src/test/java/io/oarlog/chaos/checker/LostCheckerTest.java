package io.oarlog.chaos.checker;

import static io.oarlog.chaos.checker.HistoryBuilder.poll;
import static io.oarlog.chaos.checker.HistoryBuilder.send;
import static io.oarlog.chaos.checker.Told.descriptions;
import static io.oarlog.chaos.checker.Told.evidence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.MicroOps;
import java.util.List;
import org.junit.jupiter.api.Test;

class LostCheckerTest {
    private final Checker checker = new LostChecker();

    @Test
    void shouldFindAnAcknowledgedRecordWhenOnlyALaterOneIsPolled() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sent(0, 1, 11, 1)
                .sent(0, 1, 12, 2)
                .polled(1, 1, 0, 10, 2, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.INVALID);
        assertThat(descriptions(verdict))
                .containsExactly("key 1: the value 11 at offset 1 was polled by nobody, though offset 2 was");
        assertThat(evidence(verdict)).containsExactly(2L, 3L, 7L);
    }

    @Test
    void shouldFindNothingWhenAllIsPolledByOneOrTheOther() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sent(0, 1, 11, 1)
                .sent(0, 2, 11, 0)
                .polled(1, 1, 1, 11)
                .polled(2, 1, 0, 10)
                .polled(2, 2, 0, 11)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
        assertThat(verdict.examined()).isEqualTo("3 acknowledged or polled records");
    }

    @Test
    void shouldFindNothingWhenTheRecordIsAboveAllThatWasPolled() {
        // given
        History history = new HistoryBuilder()
                .sent(0, 1, 10, 0)
                .sent(0, 1, 11, 1)
                .polled(1, 1, 0, 10)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldNotMissWhatWasNeverAcknowledged() {
        // given
        History history = new HistoryBuilder()
                .sends(0, 1, 10)
                .info(0, send(1, 0L, 10))
                .sends(2, 1, 11)
                .fail(2)
                .sent(3, 1, 12, 2)
                .polled(1, 1, 2, 12)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.VALID);
    }

    @Test
    void shouldFindARecordOfAnUncertainTransactionWhenAnotherOneOfItIsPolled() {
        // given
        History history = new HistoryBuilder()
                .transacts(0, new Send(1, null, 10), new Send(2, null, 20))
                .info(0, new MicroOps(List.of(new Send(1, 0L, 10), new Send(2, 0L, 20))))
                .sent(3, 1, 12, 2)
                .polled(1, 1, 2, 12)
                .polled(1, 2, 0, 20)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(descriptions(verdict))
                .containsExactly("key 1: the value 10 at offset 0 was polled by nobody, though offset 2 was");
    }

    @Test
    void shouldCutTheEvidenceDownToWhatMatters() {
        // given
        History history = new HistoryBuilder()
                .transacts(0, new Send(1, null, 10), new Send(2, null, 20))
                .ok(0, new MicroOps(List.of(new Send(1, 0L, 10), new Send(2, 0L, 20))))
                .polled(1, 1, 1, 11, 2, 12, 3, 13, 4, 14)
                .polled(1, 2, 0, 20)
                .build();

        // when
        Verdict verdict = checker.check(history);

        // then
        assertThat(verdict.anomalies().get(0).evidence())
                .extracting(op -> op.microOps())
                .containsExactly(
                        List.of(new Send(1, null, 10)), List.of(new Send(1, 0L, 10)), List.of(poll(1, 3, 13, 4, 14)));
    }

    @Test
    void shouldTellTheFirstAnomaliesAndTheNumberOfAll() {
        // given
        HistoryBuilder history = new HistoryBuilder();
        for (int i = 0; i < 100; i++) {
            history.sent(0, 1, i, i);
        }
        history.polled(1, 1, 99, 99);

        // when
        Verdict verdict = checker.check(history.build());

        // then
        assertThat(verdict.anomalies()).hasSize(32);
        assertThat(descriptions(verdict).get(31)).startsWith("key 1: the value 31 ");
        assertThat(verdict.examined())
                .isEqualTo("100 acknowledged or polled records; 99 anomalies, of which the first 32 are told");
    }

    @Test
    void shouldKnowNothingWhenNothingWasSent() {
        // when
        Verdict verdict = checker.check(new History(List.of()));

        // then
        assertThat(verdict.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(verdict.examined()).isEqualTo("no acknowledged or polled records");
    }

    @Test
    void shouldRefuseAHistoryWhenAValueIsSentTwice() {
        // given
        History history = new HistoryBuilder().sent(0, 1, 10, 0).sends(0, 1, 10).build();

        // then
        assertThatThrownBy(() -> checker.check(history))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("op 2 sends the value 10 of key 1 again, after op 0");
    }
}
