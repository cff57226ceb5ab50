package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CorruptLogException;
import io.oarlog.log.CountingDisk;
import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.FaultyDisk;
import io.oarlog.log.ForwardingDisk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Flushes that find no room on the disk, and reads for followers; without a Raft group, so nothing moves by itself. */
@Timeout(60)
class PartitionStateMachineTest {
    private static final PartitionId ID = new PartitionId(new UUID(0, 1), "orders", 0);
    private static final Path DIRECTORY = Path.of("/data/orders");
    private static final Path NO_GROUP = Path.of("/data/no-group");
    private static final int RESERVE_BYTES = 4_000;
    private static final int BATCH_BYTES = TestAppends.batch("value").remaining();

    private final FaultyDisk disk = new FaultyDisk(5);
    private DiskReserve reserve;
    private RaftPartition partition;

    @BeforeEach
    void open() throws Exception {
        disk.createDirectories(DIRECTORY);
        reserve = DiskReserve.of(disk, DIRECTORY, RESERVE_BYTES);
        partition = open(disk);
        write(1);
    }

    private RaftPartition open(Disk on) throws IOException {
        RaftPartition opened = new RaftPartition(
                ID,
                new PartitionFiles(on, DIRECTORY, LogSettings.defaults(), new OpenFiles(10)),
                new ThreeNodes.Ignored(),
                RaftSettings.defaults(),
                new NodeResources(
                        new TailCache(0),
                        reserve,
                        new PeerSpaces(System::nanoTime),
                        task -> {},
                        task -> {},
                        task -> {},
                        (id, leader, firstIndex) -> new CompletableFuture<>(),
                        id -> {}),
                100);
        opened.openLog(NO_GROUP);
        return opened;
    }

    @Test
    void shouldLeaveTheLastQuarterOfTheReserveUntilThereIsSpace() throws Exception {
        // given
        disk.leaveSpace(RESERVE_BYTES / 4 + BATCH_BYTES - 1);
        reserve.look();

        // when
        Flush flush = startFlush();
        flush.awaitWaiting();
        long endWhileWaiting = partition.log().endOffset();
        disk.leaveSpace(RESERVE_BYTES / 4 + BATCH_BYTES);
        reserve.look();

        // then
        flush.ended().get(60, TimeUnit.SECONDS);
        assertThat(endWhileWaiting).isZero();
        assertThat(partition.log().endOffset()).isEqualTo(1);
        assertThat(partition.isFenced()).isFalse();
    }

    @Test
    void shouldUseTheLastQuarterForTheNextLeaderOnce() throws Exception {
        // given
        disk.leaveSpace(RESERVE_BYTES / 4);
        reserve.look();
        Flush flush = startFlush();
        flush.awaitWaiting();

        // when
        partition
                .stateMachine()
                .notifyLeaderChanged(
                        RaftGroupMemberId.valueOf(RaftPeerId.valueOf("1"), GroupIds.of(ID)), RaftPeerId.valueOf("2"));

        // then
        flush.ended().get(60, TimeUnit.SECONDS);
        assertThat(partition.log().endOffset()).isEqualTo(1);
        write(2);
        Flush next = startFlush();
        next.awaitWaiting();
        assertThat(partition.log().endOffset()).isEqualTo(1);
        partition.stateMachine().close();
        next.ended().get(60, TimeUnit.SECONDS);
    }

    @Test
    void shouldUseTheLastQuarterWhenItIsClosed() throws Exception {
        // given
        disk.leaveSpace(RESERVE_BYTES / 4);
        reserve.look();
        Flush flush = startFlush();
        flush.awaitWaiting();

        // when
        partition.stateMachine().close();

        // then
        flush.ended().get(60, TimeUnit.SECONDS);
        assertThat(partition.isFenced()).isFalse();
        partition.openLog(NO_GROUP);
        assertThat(partition.log().endOffset()).isEqualTo(1);
    }

    @Test
    void shouldTryAgainAfterEachLookWhenTheDiskIsFullToTheLastByte() throws Exception {
        // given
        disk.leaveSpaceUnseen(10);

        // when
        Flush flush = startFlush();
        for (int attempts = 1; attempts <= 3; attempts++) {
            long bytes = (long) attempts * BATCH_BYTES;
            await().atMost(ThreeNodes.LIMIT).until(() -> disk.bytesWritten(path -> true) == bytes);
            flush.awaitWaiting();
            assertThat(reserve.space()).isEqualTo(DiskSpace.FULL);
            reserve.look();
        }
        disk.heal();

        // then
        await().atMost(ThreeNodes.LIMIT).until(() -> {
            reserve.look();
            return flush.ended().isDone();
        });
        flush.ended().get(60, TimeUnit.SECONDS);
        assertThat(partition.log().endOffset()).isEqualTo(1);
        assertThat(partition.isFenced()).isFalse();
    }

    @Test
    void shouldBeFencedWhenItIsClosedWithTheDiskFullToTheLastByte() throws Exception {
        // given
        disk.leaveSpaceUnseen(10);
        Flush flush = startFlush();
        flush.awaitWaiting();

        // when
        partition.stateMachine().close();

        // then: the next start knows why Raft has a header without data
        flush.thread().join();
        assertThat(partition.files().fencedAt()).hasValue(0);
    }

    @Test
    void shouldWaitWithTheCloseForTheFlushOfWhatItTook() throws Exception {
        // given: Ratis has not flushed yet, and will
        Thread closer = new Thread(() -> partition.stateMachine().close());
        closer.setDaemon(true);
        closer.start();
        await().atMost(ThreeNodes.LIMIT).until(() -> closer.getState() == Thread.State.TIMED_WAITING);

        // when
        partition.stateMachine().flush(1).get(60, TimeUnit.SECONDS);

        // then
        closer.join();
        assertThat(partition.isFenced()).isFalse();
        partition.openLog(NO_GROUP);
        assertThat(partition.log().endOffset()).isEqualTo(1);
    }

    @Test
    void shouldGiveNoFollowerAnEntryWithAFlippedBit() throws Exception {
        // given
        EntryHeader header = RaftLogScan.header(write(2));
        partition.stateMachine().flush(2).get(60, TimeUnit.SECONDS);
        Path segment = DIRECTORY.resolve("00000000000000000000.log");
        assertThat(partition.readEntry(header, 1).remaining()).isEqualTo(BATCH_BYTES);

        for (int position = BATCH_BYTES; position < 2 * BATCH_BYTES; position++) {
            // when: also where the batch's own CRC does not reach
            disk.flip(segment, position, 1);

            // then
            assertThatThrownBy(() -> partition.readEntry(header, 1))
                    .as("position %d", position)
                    .isInstanceOf(CorruptLogException.class);
            disk.flip(segment, position, 1);
        }
    }

    @Test
    void shouldGiveNoFollowerAnEntryOfAnotherTerm() throws Exception {
        // given
        EntryHeader header = RaftLogScan.header(write(2));

        // when
        partition.stateMachine().flush(2).get(60, TimeUnit.SECONDS);

        // then
        assertThatThrownBy(() -> partition.readEntry(header, 2))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining("leader epoch 1, the entry was placed at 1 in epoch 2");
    }

    /** The mark of a fence says less than what Ratis would acknowledge then. */
    @Test
    void shouldNotPromiseAFlushBesideAFence() throws Exception {
        // given
        partition.onClosed();
        HookedDisk hooked = new HookedDisk(disk);
        partition = open(hooked);
        write(1);

        // when: a reader finds damage while the log thread is in its fsync
        hooked.afterForce = () -> {
            Thread reader = new Thread(() -> partition
                    .stateMachine()
                    .notifyLogFailed(
                            new CompletionException(new CorruptLogException("a flipped bit")),
                            LogEntryProto.getDefaultInstance()));
            reader.start();
            assertThat(joins(reader)).isTrue();
        };
        CompletableFuture<Void> flushed = partition.stateMachine().flush(1);

        // then
        assertThat(partition.files().fencedAt()).hasValue(0);
        assertThat(flushed).isCompletedExceptionally();
    }

    private static boolean joins(Thread thread) {
        try {
            thread.join(20_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    /** Does something behind the next fsync of a segment. */
    private static final class HookedDisk extends ForwardingDisk {
        private @Nullable Runnable afterForce;

        HookedDisk(Disk disk) {
            super(disk);
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            return new ForwardingFile(super.open(path)) {
                @Override
                public void force() throws IOException {
                    super.force();
                    Runnable hook = afterForce;
                    if (hook != null && CountingDisk.isSegment(path)) {
                        afterForce = null;
                        hook.run();
                    }
                }
            };
        }
    }

    @Test
    void shouldEndTheWaitOfACloseWhenTheRaftLogFails() throws Exception {
        Thread closer = new Thread(() -> partition.stateMachine().close());
        closer.setDaemon(true);
        closer.start();
        await().atMost(ThreeNodes.LIMIT).until(() -> closer.getState() == Thread.State.TIMED_WAITING);

        partition
                .stateMachine()
                .notifyLogFailed(new IOException("no space in the Raft log"), LogEntryProto.getDefaultInstance());

        assertThat(partition.isFenced()).isTrue();
        closer.join(10_000);
        assertThat(closer.isAlive())
                .as("still waits for a flush that will not come")
                .isFalse();
    }

    /** The mark needs no room but for its name. */
    @Test
    void shouldBeMarkedFencedWhenTheDiskIsFullToTheVeryLastByte() throws Exception {
        // given
        disk.leaveSpaceUnseen(4);
        Flush flush = startFlush();
        flush.awaitWaiting();

        // when
        partition.stateMachine().close();

        // then
        flush.thread().join();
        assertThat(partition.files().fencedAt()).hasValue(0);
    }

    @Test
    void shouldNotTakeACompactedEntryForADamagedOne() throws Exception {
        // given: three records of one key, each in a segment of its own
        partition.configureSegments(1, Long.MAX_VALUE);
        List<EntryHeader> headers = new ArrayList<>();
        for (int index = 2; index <= 4; index++) {
            ByteBuffer batch = MemoryRecords.withRecords(
                            Compression.NONE, new SimpleRecord(1_000, new byte[] {1}, new byte[] {2}))
                    .buffer();
            headers.add(RaftLogScan.header(write(index, batch)));
        }
        partition.stateMachine().flush(4).get(60, TimeUnit.SECONDS);
        partition.onControl(new CompactionBound(2));

        // when
        assertThat(partition.compact(new CompactionPolicy(0, 0, 1 << 20), 0)).isPresent();

        // then: the first is superseded below the bound by none
        assertThat(partition.readEntry(headers.get(0), 1).remaining()).isPositive();

        // when
        partition.onControl(new CompactionBound(3));
        partition.compact(new CompactionPolicy(0, 0, 1 << 20), 0);

        // then
        assertThatThrownBy(() -> partition.readEntry(headers.get(0), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("compacted");
        assertThat(partition.readEntry(headers.get(1), 1).remaining()).isPositive();
        disk.flip(DIRECTORY.resolve("00000000000000000003.log"), 40, 1);
        assertThatThrownBy(() -> partition.readEntry(headers.get(2), 1)).isInstanceOf(CorruptLogException.class);
    }

    /** A replica that starts learns of its topic later: what it had missed lay in one large segment, which was never compacted. */
    @Test
    void shouldCutSegmentsAfterARestartAsBefore() throws Exception {
        // given
        partition.configureSegments(10 * BATCH_BYTES, Long.MAX_VALUE);
        partition.log().close();

        // when
        partition = open(disk);
        for (int index = 1; index <= 30; index++) {
            write(index);
        }
        partition.stateMachine().flush(30).get(60, TimeUnit.SECONDS);

        // then
        assertThat(partition.log().segments()).hasSize(3);
    }

    @Test
    void shouldNotCompactIntoTheReserve() throws Exception {
        // given: two segments of ten records that may be compacted
        partition.configureSegments(10 * BATCH_BYTES, Long.MAX_VALUE);
        for (int index = 2; index <= 30; index++) {
            write(index);
        }
        partition.stateMachine().flush(30).get(60, TimeUnit.SECONDS);
        partition.onControl(new CompactionBound(20));
        CompactionPolicy policy = new CompactionPolicy(0, 0, 1 << 20);

        // when / then: one at a time is copied
        disk.leaveSpace(RESERVE_BYTES + 10 * BATCH_BYTES - 1);
        reserve.look();
        assertThat(partition.compact(policy, 0)).isEmpty();
        disk.leaveSpace(RESERVE_BYTES + 10 * BATCH_BYTES);
        reserve.look();
        assertThat(partition.compact(policy, 0)).isPresent();
    }

    private LogEntryProto write(long index) throws Exception {
        return write(index, TestAppends.batch("value"));
    }

    /** Takes an entry with one record, as from Raft's log. */
    private LogEntryProto write(long index, ByteBuffer batch) throws Exception {
        PendingAppend append = TestAppends.pending(batch);
        JoinedEntry joined =
                new JoinedEntry(new PartitionTail(1).admit(List.of(append).iterator(), Integer.MAX_VALUE));
        joined.placeAt(index - 1, 1);
        LogEntryProto entry = LogEntryProto.newBuilder()
                .setIndex(index)
                .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder()
                        .setLogData(UnsafeByteOperations.unsafeWrap(joined.header()))
                        .setStateMachineEntry(StateMachineEntryProto.newBuilder()
                                .setStateMachineData(UnsafeByteOperations.unsafeWrap(joined.data()))))
                .build();
        PartitionStateMachine machine = partition.stateMachine();
        TransactionContext context = TransactionContext.newBuilder()
                .setStateMachine(machine)
                .setLogEntry(entry)
                .build();
        // Ratis's log thread asks for it when it comes to the entry.
        machine.write(entry, context).get(60, TimeUnit.SECONDS);
        return entry;
    }

    private Flush startFlush() {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            var unused = partition.stateMachine().flush(1).whenComplete((done, failure) -> {
                if (failure == null) {
                    ended.complete(null);
                } else {
                    ended.completeExceptionally(failure);
                }
            });
        });
        thread.setDaemon(true);
        thread.start();
        return new Flush(thread, ended);
    }

    /** A flush on a thread of its own, as Ratis's. */
    private record Flush(Thread thread, CompletableFuture<Void> ended) {
        void awaitWaiting() {
            await().atMost(ThreeNodes.LIMIT).until(() -> thread.getState() == Thread.State.WAITING);
        }
    }
}
