package io.oarlog.server.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.raft.AppendOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TenureTest {
    private final KeptLog log = new KeptLog().with(KeptLog.records(10));
    private final AtomicInteger breaks = new AtomicInteger();
    private final List<Long> committed = new ArrayList<>();
    private final Tenure tenure = new Tenure(log, KeptLog.EPOCH, 10, breaks::incrementAndGet);

    TenureTest() {
        tenure.listen(committed::add);
    }

    private long append(int records) {
        return tenure.append(KeptLog.records(records).buffer());
    }

    @Test
    void shouldForeseeWhereRecordsEndAndTellWhenTheyAreCommitted() {
        // when
        long first = append(2);
        long second = append(3);
        List<Long> before = List.copyOf(committed);
        log.commit(0, 10);
        log.commit(1, 12);

        // then
        assertThat(List.of(first, second)).containsExactly(12L, 15L);
        assertThat(before).isEmpty();
        assertThat(committed).containsExactly(12L, 15L);
        assertThat(log.epochs()).containsOnly(KeptLog.EPOCH);
        assertThat(breaks).hasValue(0);
    }

    @Test
    void shouldNotTellOfAnOffsetThatWasToldBefore() {
        // given: the answer to the second comes first
        append(2);
        append(3);

        // when
        log.commit(1, 12);
        log.commit(0, 10);

        // then
        assertThat(committed).containsExactly(15L);
    }

    static List<AppendOutcome> unforeseen() {
        return List.of(
                new AppendOutcome.Appended(11, false),
                new AppendOutcome.Appended(10, true),
                new AppendOutcome.Unknown("lost"),
                new AppendOutcome.Busy(),
                new AppendOutcome.NotLeader(OptionalInt.of(2), 8));
    }

    @ParameterizedTest
    @MethodSource("unforeseen")
    void shouldBreakOnceWhenAnAppendEndsOtherwise(AppendOutcome outcome) {
        // given
        append(2);
        append(3);

        // when
        log.end(0, outcome);
        log.end(1, outcome);

        // then
        assertThat(breaks).hasValue(1);
        assertThat(committed).isEmpty();
        assertThatThrownBy(() -> append(1)).isInstanceOf(NotLeaderOrFollowerException.class);
        assertThat(log.appendCount()).isEqualTo(2);
    }

    @Test
    void shouldNotAppendInALaterEpochOfTheSameNode() {
        // when
        log.lead(KeptLog.EPOCH + 2, true);

        // then
        assertThatThrownBy(() -> append(1)).isInstanceOf(NotLeaderOrFollowerException.class);
        assertThat(log.appendCount()).isZero();
    }

    @Test
    void shouldSayWhyNothingCanBeAppendedAndGoOnAfterwards() {
        // given
        log.refuse(new AppendOutcome.OutOfSpace("full"));
        assertThatThrownBy(() -> append(1)).isInstanceOf(NotEnoughReplicasException.class);
        log.refuse(new AppendOutcome.Fenced("broken"));
        assertThatThrownBy(() -> append(1)).isInstanceOf(KafkaStorageException.class);
        log.refuse(new AppendOutcome.NotLeader(OptionalInt.of(2), 8));

        // then
        assertThatThrownBy(() -> append(1)).isInstanceOf(NotLeaderOrFollowerException.class);
        assertThat(log.appendCount()).isZero();
        assertThat(breaks).hasValue(0);
    }

    @Test
    void shouldLeaveTheCallersBufferToTheCaller() {
        // given
        ByteBuffer buffer = KeptLog.records(1).buffer();
        ByteBuffer before =
                ByteBuffer.allocate(buffer.remaining()).put(buffer.duplicate()).flip();

        // when: the coordinator takes it for its next batch
        tenure.append(buffer);
        for (int i = 0; i < buffer.limit(); i++) {
            buffer.put(i, (byte) -1);
        }

        // then: what was appended differs in its place only, which no checksum covers
        assertThat(log.batch(1).slice(21, before.limit() - 21)).isEqualTo(before.slice(21, before.limit() - 21));
    }

    @Test
    void shouldBeQuietOnlyWhenItHasEndedAndAllOutcomesAreKnown() {
        // given
        append(1);
        CompletableFuture<Void> quiet = tenure.quiet();

        // when
        tenure.end();
        boolean wasQuiet = quiet.isDone();
        log.commit(0, 10);

        // then
        assertThat(wasQuiet).isFalse();
        assertThat(quiet).isDone();
        assertThat(committed).isEmpty();
        assertThatThrownBy(() -> append(1)).isInstanceOf(NotLeaderOrFollowerException.class);
    }
}
