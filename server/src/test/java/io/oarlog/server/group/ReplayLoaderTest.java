package io.oarlog.server.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader.LoadSummary;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ReplayLoaderTest {
    private static final TopicPartition PARTITION = KeptLog.PARTITION;

    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final KeptLog log = new KeptLog();
    private final GroupCoordinatorRecordSerde serde = new GroupCoordinatorRecordSerde();
    private final Events events = new Events();
    private final RaftPartitionWriter writer = new RaftPartitionWriter(1 << 20, events);
    private final ReplayLoader loader =
            new ReplayLoader(partition -> Optional.of(log), writer, serde, events, executor, () -> 0);
    private final Playback playback = new Playback();

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private SimpleRecord commit(long offset) {
        CoordinatorRecord coordinated = CoordinatorRecord.record(
                new OffsetCommitKey().setGroup("g").setTopic("t").setPartition(0),
                new ApiMessageAndVersion(new OffsetCommitValue().setOffset(offset), (short) 4));
        return new SimpleRecord(0L, serde.serializeKey(coordinated), serde.serializeValue(coordinated));
    }

    /** Waits for it, but not for ever. */
    private static LoadSummary done(CompletableFuture<LoadSummary> load) {
        return load.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private CompletableFuture<LoadSummary> load() {
        return loader.load(PARTITION, playback);
    }

    @Test
    void shouldReplayTheWholeLogAndLetTheCoordinatorWriteOnFromItsEnd() {
        // given
        log.startingAt(5).with(KeptLog.records(commit(1), commit(2))).with(KeptLog.records(commit(3)));

        // when
        LoadSummary summary = done(load());
        long end = writer.append(PARTITION, null, KeptLog.records(commit(4)), (short) -1);

        // then
        assertThat(playback.replayed).containsExactly("5: 1", "6: 2", "7: 3");
        assertThat(playback.committedOffset).isEqualTo(8);
        assertThat(summary.numRecords()).isEqualTo(3);
        assertThat(end).isEqualTo(9);
        assertThat(log.epochs()).containsExactly(KeptLog.EPOCH);
    }

    @Test
    void shouldSayWhereALogEndsThatHasNoRecordsAnyMore() {
        // given
        log.startingAt(50);

        // when
        done(load());

        // then
        assertThat(playback.committedOffset).isEqualTo(50);
    }

    @Test
    void shouldPassOverRecordsOfALaterVersion() {
        // given
        byte[] unknownType = ByteBuffer.allocate(2).putShort((short) 999).array();
        log.with(KeptLog.records(new SimpleRecord(0L, unknownType, unknownType), commit(2)));

        // when
        done(load());

        // then
        assertThat(playback.replayed).containsExactly("1: 2");
    }

    @Test
    void shouldGiveUpWhenARecordCannotBeRead() {
        // given
        log.with(KeptLog.records(new SimpleRecord(0L, new byte[] {0}, new byte[] {0})));

        // when
        CompletableFuture<LoadSummary> load = load();

        // then: not even failed, which the coordinator could take for the end of the next load
        await().until(() -> events.abandoned.get() == 1);
        assertThat(load).isNotDone();
    }

    @Test
    void shouldGiveUpWhenAnotherNodeLeads() {
        // given
        log.lead(KeptLog.EPOCH + 1, false);

        // when
        CompletableFuture<LoadSummary> load = load();

        // then
        await().until(() -> events.abandoned.get() == 1);
        assertThat(load).isNotDone();
    }

    @Test
    void shouldGiveUpWhenTheEpochChangesWhileItReads() {
        // given
        log.with(KeptLog.records(commit(1)));
        playback.onReplay = () -> log.lead(KeptLog.EPOCH + 2, true);

        // when
        CompletableFuture<LoadSummary> load = load();

        // then
        await().until(() -> events.abandoned.get() == 1);
        assertThat(load).isNotDone();
    }

    @Test
    void shouldGiveUpWhenItIsNotWantedAnyMore() {
        // given
        log.with(KeptLog.records(commit(1))).with(KeptLog.records(commit(2)));
        playback.onReplay = () -> events.isWanted = false;

        // when
        CompletableFuture<LoadSummary> load = load();

        // then
        await().until(() -> events.abandoned.get() == 1);
        assertThat(load).isNotDone();
        assertThat(playback.replayed).containsExactly("0: 1");
    }

    @Test
    void shouldWaitForWhatAnEarlierTenureOfTheEpochHasStillOnItsWay() throws Exception {
        // given: an append of the last tenure, of which nothing is known yet
        done(load());
        writer.append(PARTITION, null, KeptLog.records(commit(1)), (short) -1);

        // when
        CompletableFuture<LoadSummary> again = load();
        executor.submit(() -> {}).get();
        boolean waited = !again.isDone();
        log.commitTo(1);
        log.commit(0, 0);
        done(again);

        // then
        assertThat(waited).isTrue();
        assertThat(playback.replayed).containsExactly("0: 1");
    }

    @Test
    void shouldWaitForWhatAnEarlierTenureHasNotGotIntoTheLogYet() throws Exception {
        // given: nobody can see it at the log
        log.holdBack();
        done(load());
        writer.append(PARTITION, null, KeptLog.records(commit(1)), (short) -1);

        // when
        CompletableFuture<LoadSummary> again = load();
        executor.submit(() -> {}).get();
        boolean waited = !again.isDone();
        log.commit(0, 0);
        done(again);

        // then
        assertThat(waited).isTrue();
        assertThat(playback.replayed).containsExactly("0: 1");
    }

    @Test
    void shouldWaitUntilAllOfTheLogIsCommitted() throws Exception {
        // given
        log.with(KeptLog.records(commit(1)));
        log.commitTo(0);

        // when
        CompletableFuture<LoadSummary> load = load();
        executor.submit(() -> {}).get();
        boolean waited = !load.isDone();
        log.commitTo(1);
        done(load);

        // then
        assertThat(waited).isTrue();
        assertThat(playback.replayed).containsExactly("0: 1");
    }

    private static final class Events implements LoadEvents {
        private final AtomicInteger abandoned = new AtomicInteger();
        private volatile boolean isWanted = true;

        @Override
        public boolean isWanted(TopicPartition partition) {
            return isWanted;
        }

        @Override
        public void onActive(TopicPartition partition) {}

        @Override
        public void onAbandoned(TopicPartition partition) {
            abandoned.incrementAndGet();
        }

        @Override
        public void onBroken(TopicPartition partition, int leaderEpoch) {}
    }

    /** As strict on offsets as the coordinator's own. */
    private static final class Playback implements CoordinatorPlayback<CoordinatorRecord> {
        private final List<String> replayed = new ArrayList<>();
        private Runnable onReplay = () -> {};
        private long writtenOffset;
        private long committedOffset;

        @Override
        public void replay(long offset, long producerId, short producerEpoch, CoordinatorRecord replay) {
            OffsetCommitValue value = (OffsetCommitValue) replay.value().message();
            replayed.add(offset + ": " + value.offset());
            onReplay.run();
        }

        @Override
        public void replayEndTransactionMarker(long producerId, short producerEpoch, TransactionResult result) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void updateLastWrittenOffset(long offset) {
            assertThat(offset).isGreaterThan(writtenOffset);
            writtenOffset = offset;
        }

        @Override
        public void updateLastCommittedOffset(long offset) {
            assertThat(offset).isBetween(committedOffset, writtenOffset);
            committedOffset = offset;
        }
    }
}
