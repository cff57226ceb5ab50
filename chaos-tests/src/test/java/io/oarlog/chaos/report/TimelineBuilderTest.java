package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TimelineBuilderTest {
    private static final long MILLI = 1_000_000;
    private static final MicroOps SEND = MicroOps.of(new MicroOp.Send(3, null, 17));

    private final TimelineBuilder builder = new TimelineBuilder();

    @Test
    void shouldHaveNoSecondsWithoutOperations() {
        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline).isEqualTo(new Timeline(List.of(), List.of(), null, 0, null, List.of()));
    }

    @Test
    void shouldCountSendsInTheSecondInWhichTheyEnd() {
        // given
        send(0, 1, 5_900, OpType.OK, 6_100);
        send(0, 2, 6_200, OpType.FAIL, 6_300);
        send(0, 3, 6_300, OpType.INFO, 6_400);

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.seconds())
                .containsExactly(
                        new Second(5, 0, 0, 0, 0, null),
                        new Second(6, 1, 1, 1, 0, new Latency(200 * MILLI, 200 * MILLI, 200 * MILLI)));
    }

    @Test
    void shouldHaveSecondsWithoutSends() {
        // given
        send(0, 1, 1_000, OpType.OK, 1_010);
        send(0, 1, 4_000, OpType.OK, 4_020);

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.seconds())
                .extracting(Second::number, Second::acknowledged)
                .containsExactly(tuple(1L, 1), tuple(2L, 0), tuple(3L, 0), tuple(4L, 1));
        assertThat(timeline.seconds().get(1).latency()).isNull();
    }

    @Test
    void shouldTellQuantilesOfASecond() {
        // given
        for (int process = 1; process <= 200; process++) {
            invoke(0, process, 1_000);
        }
        for (int process = 1; process <= 200; process++) {
            end(0, process, 1_000 + process, OpType.OK);
        }

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.seconds().get(0).latency()).isEqualTo(new Latency(100 * MILLI, 198 * MILLI, 200 * MILLI));
    }

    @Test
    void shouldTellApartSendersOfDifferentHistories() {
        // given
        invoke(0, 1, 1_000);
        invoke(1, 1, 1_300);

        // when
        end(0, 1, 1_400, OpType.OK);

        // then
        Timeline timeline = builder.end(List.of());
        assertThat(timeline.seconds().get(0).latency()).isEqualTo(new Latency(400 * MILLI, 400 * MILLI, 400 * MILLI));
        assertThat(timeline.unended()).isEqualTo(1);
    }

    @Test
    void shouldCountNoSecondForSendsThatNeverEnd() {
        // given
        invoke(0, 1, 1_000);
        poll(0, 2, 9_000, 4);

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.unended()).isEqualTo(1);
        assertThat(timeline.seconds()).allMatch(second -> second.unknown() == 0);
        assertThat(timeline.longestSilence()).isEqualTo(new Silence(1_000 * MILLI, 9_000 * MILLI, false));
    }

    @Test
    void shouldCountWhatEndsWithoutABegin() {
        // when
        end(0, 1, 1_000, OpType.OK);

        // then
        assertThat(builder.end(List.of()).seconds()).containsExactly(new Second(1, 1, 0, 0, 0, null));
    }

    @Test
    void shouldCountPolledRecords() {
        // given
        poll(0, 1, 1_000, 3);
        poll(1, 1, 1_500, 2);

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.seconds()).extracting(Second::polled).containsExactly(5);
        assertThat(timeline.longestSilence()).isNull();
    }

    @Test
    void shouldTellTheLongestSilenceAndTheFaultsInIt() {
        // given
        send(0, 1, 1_000, OpType.OK, 1_100);
        nemesis(0, 1_200, OpFunction.FAULT, "kill node 1 #1");
        nemesis(0, 1_300, OpFunction.HEAL, "kill node 1 #1");
        send(0, 1, 1_400, OpType.OK, 1_500);
        nemesis(0, 2_000, OpFunction.FAULT, "power-all #2");
        send(0, 1, 2_500, OpType.INFO, 4_000);
        nemesis(0, 4_500, OpFunction.HEAL, "power-all #2");
        send(0, 6, 4_600, OpType.OK, 5_000);
        nemesis(0, 5_000, OpFunction.FAULT, "pause node 2 #3");
        send(0, 6, 5_100, OpType.OK, 5_200);

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.longestSilence()).isEqualTo(new Silence(1_500 * MILLI, 5_000 * MILLI, true));
        assertThat(timeline.openInSilence()).extracting(FaultSpan::text).containsExactly("power-all #2");
    }

    @Test
    void shouldNotCallFinalReadsASilence() {
        // given
        send(0, 1, 1_000, OpType.OK, 1_100);
        Keys all = new Keys(List.of(0, 1), true);
        builder.accept(0, Op.of(0, 2_000 * MILLI, 2, OpType.INVOKE, OpFunction.ASSIGN, all));
        poll(0, 2, 60_000, 1_000);

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.finalReadsNanos()).isEqualTo(2_000 * MILLI);
        assertThat(timeline.longestSilence()).isEqualTo(new Silence(1_000 * MILLI, 1_100 * MILLI, true));
    }

    @Test
    void shouldWaitForSendsThatNeverEndUntilTheFinalReads() {
        // given
        invoke(0, 1, 1_000);
        Keys all = new Keys(List.of(0, 1), true);
        builder.accept(0, Op.of(0, 2_000 * MILLI, 2, OpType.INVOKE, OpFunction.ASSIGN, all));
        poll(0, 2, 60_000, 1_000);

        // when
        Timeline timeline = builder.end(List.of());

        // then
        assertThat(timeline.longestSilence()).isEqualTo(new Silence(1_000 * MILLI, 2_000 * MILLI, false));
    }

    @Test
    void shouldCountWhatGoesBackInTimeAsNow() {
        // given
        send(0, 1, 5_000, OpType.OK, 5_100);

        // when
        send(1, 1, 3_000, OpType.OK, 3_100);

        // then
        assertThat(builder.end(List.of()).seconds())
                .extracting(Second::number, Second::acknowledged)
                .containsExactly(tuple(5L, 2));
    }

    @Test
    void shouldLeaveOutTimesThatCannotBe() {
        // given
        send(0, 1, 1_000, OpType.OK, 1_100);

        // when
        end(0, 2, Long.MAX_VALUE / MILLI, OpType.OK);

        // then
        Timeline timeline = builder.end(List.of("torn"));
        assertThat(timeline.seconds()).hasSize(1);
        assertThat(timeline.notes()).hasSize(2).first().isEqualTo("torn");
        assertThat(timeline.notes().get(1)).startsWith("1 operations are left out");
    }

    private void send(int history, long process, long beginMillis, OpType type, long endMillis) {
        invoke(history, process, beginMillis);
        end(history, process, endMillis, type);
    }

    private void invoke(int history, long process, long millis) {
        accept(history, process, millis, OpType.INVOKE, OpFunction.SEND, SEND);
    }

    private void end(int history, long process, long millis, OpType type) {
        accept(history, process, millis, type, OpFunction.SEND, SEND);
    }

    private void poll(int history, long process, long millis, int records) {
        MicroOp.Seen seen = new MicroOp.Seen(1, 1);
        MicroOp poll = MicroOp.Poll.of(Map.of(1, Collections.nCopies(records, seen)));
        accept(history, process, millis, OpType.OK, OpFunction.POLL, MicroOps.of(poll));
    }

    private void nemesis(int history, long millis, OpFunction function, String text) {
        accept(history, Op.NEMESIS, millis, OpType.INFO, function, new Event(text));
    }

    private void accept(int history, long process, long millis, OpType type, OpFunction function, OpValue value) {
        builder.accept(history, Op.of(0, millis * MILLI, process, type, function, value));
    }
}
