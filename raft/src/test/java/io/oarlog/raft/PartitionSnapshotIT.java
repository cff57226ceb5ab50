package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.Disk;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promises 1 to 3 when the Raft log does not reach back to the first record any more. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PartitionSnapshotIT {
    private static final int BATCH_BYTES = TestAppends.batch("value-10").remaining();
    /** Ten batches a segment. */
    private static final LogSettings SETTINGS = new LogSettings(
            10 * BATCH_BYTES, Long.MAX_VALUE, LogSettings.defaults().indexIntervalBytes());

    /** A few entries each, behind which as much goes as can. */
    private static final SnapshotSettings MANY = new SnapshotSettings(
            5, Long.MAX_VALUE, new KeptEntries(0, 1_000, Duration.ofMillis(1)), Long.MAX_VALUE, Duration.ofDays(1));

    /** In a batch: the last byte of the leader epoch. */
    private static final int EPOCH_BYTE = 15;

    private static final long PRODUCER = 7;
    private static final long OTHER_PRODUCER = 8;

    @TempDir
    Path directory;

    private ThreeNodes start() throws IOException {
        return start(RaftSettings.UNLIMITED);
    }

    private ThreeNodes start(long copyBytesPerSecond) throws IOException {
        return start(MANY, copyBytesPerSecond);
    }

    private ThreeNodes start(SnapshotSettings snapshots, long copyBytesPerSecond) throws IOException {
        return start(SETTINGS, snapshots, copyBytesPerSecond);
    }

    private ThreeNodes start(LogSettings segments, SnapshotSettings snapshots, long copyBytesPerSecond)
            throws IOException {
        return new ThreeNodes(
                directory,
                node -> Disk.system(),
                segments,
                1,
                ThreeNodes.quickElections()
                        .withSnapshots(SnapshotSettings.defaults(), snapshots)
                        .withCopyBytesPerSecond(copyBytesPerSecond));
    }

    /** With each leader the Raft log begins a new file, and only whole files are purged. */
    private static int appendUntilPurged(ThreeNodes nodes, PartitionId id, int from, List<Integer> running)
            throws Exception {
        int next = from;
        int sequence = 0;
        for (int i = 0; i < 20; i++) {
            for (int end = next + 12; next < end; next++) {
                // Idempotent: the leader may change in the midst, and nobody knows what became of the first attempt.
                TestPartitions.appendAs(nodes, id, OTHER_PRODUCER, sequence++);
            }
            int leader = nodes.awaitLeader(id);
            if (firstIndex(nodes, leader, id) > 0) {
                awaitHighWatermark(nodes, running, id, next);
                return next;
            }
            nodes.stop(leader);
            nodes.start(leader);
            awaitHighWatermark(nodes, running, id, next);
        }
        throw new AssertionError("the Raft log was never purged");
    }

    private static void awaitHighWatermark(ThreeNodes nodes, List<Integer> running, PartitionId id, int highWatermark) {
        running.forEach(node -> nodes.awaitHighWatermark(node, id, highWatermark));
    }

    /** In batches of the one size that all have. */
    private static void append(ThreeNodes nodes, PartitionId id, int from, int to) {
        for (int i = from; i < to; i++) {
            TestPartitions.appendAs(nodes, id, 1_000L + from, i - from);
        }
    }

    private static long firstIndex(ThreeNodes nodes, int node, PartitionId id) throws IOException {
        return RaftLogFile.list(groupDirectory(nodes, node, id)).get(0).startIndex();
    }

    private static Path groupDirectory(ThreeNodes nodes, int node, PartitionId id) {
        return RaftNode.groupsDirectory(nodes.dataDirectory(node))
                .resolve(GroupIds.of(id).getUuid().toString());
    }

    @Test
    void shouldGoOnWhereASnapshotEndsAfterAStart() throws Exception {
        try (ThreeNodes nodes = start()) {
            // given: an idempotent producer, and a start of the log, of which the Raft log tells nothing any more
            PartitionId id = nodes.create("orders");
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 0)).isEqualTo(new AppendOutcome.Appended(0, false));
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 1)).isEqualTo(new AppendOutcome.Appended(1, false));
            append(nodes, id, 2, 30);
            assertThat(TestPartitions.advanceLogStart(nodes, id, 12)).isEqualTo(new AdvanceOutcome.Advanced(12));
            int end = appendUntilPurged(nodes, id, 30, ThreeNodes.ALL);
            byte[] records = nodes.segments(1, id);

            // when
            ThreeNodes.ALL.forEach(nodes::stop);
            for (int node : ThreeNodes.ALL) {
                nodes.start(node);
            }

            // then
            for (int node : ThreeNodes.ALL) {
                nodes.awaitHighWatermark(node, id, end);
                assertThat(nodes.log(node, id).logStartOffset()).isEqualTo(12);
            }
            assertThat(nodes.segments(1, id)).isEqualTo(records);
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 1)).isEqualTo(new AppendOutcome.Appended(1, true));
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 2))
                    .isEqualTo(new AppendOutcome.Appended(end, false));
            nodes.stop(2);
            assertThat(damageFound(nodes, 2)).isEmpty();
        }
    }

    @Test
    void shouldHaveNothingToApplyAgainAfterACleanStop() throws Exception {
        SnapshotSettings atTheEnd =
                new SnapshotSettings(1_000, Long.MAX_VALUE, KeptEntries.of(0), 10, Duration.ofDays(1));
        try (ThreeNodes nodes = start(atTheEnd, RaftSettings.UNLIMITED)) {
            // given
            PartitionId id = nodes.create("orders");
            append(nodes, id, 0, 30);
            awaitHighWatermark(nodes, ThreeNodes.ALL, id, 30);
            byte[] records = nodes.segments(1, id);

            // when: alone it has no leader that tells it what is committed
            ThreeNodes.ALL.forEach(nodes::stop);
            nodes.start(2);

            // then
            assertThat(nodes.log(2, id).highWatermark()).isEqualTo(30);
            assertThat(nodes.segments(2, id)).isEqualTo(records);

            // and all go on with it
            nodes.start(1);
            nodes.start(3);
            append(nodes, id, 30, 31);
            awaitHighWatermark(nodes, ThreeNodes.ALL, id, 31);
            nodes.stop(2);
            assertThat(damageFound(nodes, 2)).isEmpty();
        }
    }

    @Test
    void shouldTakeASnapshotOfAPartitionThatHasComeToRest() throws Exception {
        SnapshotSettings byTime =
                new SnapshotSettings(1_000, Long.MAX_VALUE, KeptEntries.of(0), 10, Duration.ofSeconds(1));
        try (ThreeNodes nodes = start(byTime, RaftSettings.UNLIMITED)) {
            // given
            PartitionId id = nodes.create("orders");
            append(nodes, id, 0, 30);

            // when, then: less than ten entries are left of it
            for (int node : ThreeNodes.ALL) {
                Path group = groupDirectory(nodes, node, id);
                await().atMost(ThreeNodes.LIMIT)
                        .until(() -> PartitionSnapshot.newest(Disk.system(), group)
                                        .snapshot()
                                        .endOffset()
                                > 20);
            }
        }
    }

    @Test
    void shouldCopyWhatAFollowerCannotHaveFromTheRaftLog() throws Exception {
        try (ThreeNodes nodes = start()) {
            // given
            PartitionId id = nodes.create("orders");
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 0)).isEqualTo(new AppendOutcome.Appended(0, false));
            append(nodes, id, 1, 15);
            int away = nodes.awaitLeader(id) == 1 ? 2 : 1;
            nodes.awaitHighWatermark(away, id, 15);
            nodes.stop(away);
            List<Integer> others =
                    ThreeNodes.ALL.stream().filter(node -> node != away).toList();
            int end = appendUntilPurged(nodes, id, 15, others);

            // when
            nodes.start(away);

            // then
            nodes.awaitHighWatermark(away, id, end);
            assertThat(nodes.segments(away, id)).isEqualTo(nodes.segments(others.get(0), id));
            append(nodes, id, end, end + 1);
            nodes.awaitHighWatermark(away, id, end + 1);

            // and it counts: with one of the others gone it is needed for each record, and may lead
            nodes.stop(others.get(0));
            append(nodes, id, end + 1, end + 2);
            nodes.start(others.get(0));
            nodes.stop(others.get(1));
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 0)).isEqualTo(new AppendOutcome.Appended(0, true));
            append(nodes, id, end + 2, end + 3);
            nodes.stop(away);
            assertThat(damageFound(nodes, away)).isEmpty();
        }
    }

    @Test
    void shouldCopyNoFasterThanItMayAndTellHowFarItIs() throws Exception {
        long bytesPerSecond = 200;
        try (ThreeNodes nodes = start(bytesPerSecond)) {
            // given: a replica that lacks all but its first record
            PartitionId id = nodes.create("orders");
            append(nodes, id, 0, 1);
            int away = nodes.awaitLeader(id) == 1 ? 2 : 1;
            nodes.awaitHighWatermark(away, id, 1);
            nodes.stop(away);
            List<Integer> others =
                    ThreeNodes.ALL.stream().filter(node -> node != away).toList();
            int end = appendUntilPurged(nodes, id, 1, others);
            long missing = (end - 1L) * BATCH_BYTES;

            // when
            long begun = System.nanoTime();
            nodes.start(away);

            // then
            Set<Long> sizes = new TreeSet<>();
            await().atMost(ThreeNodes.LIMIT)
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreException(NoSuchElementException.class) // it is opened anew with the copy
                    .until(() -> {
                        sizes.add(nodes.log(away, id).sizeInBytes());
                        return nodes.log(away, id).highWatermark() >= end;
                    });
            assertThat(Duration.ofNanos(System.nanoTime() - begun).toMillis())
                    .isGreaterThanOrEqualTo(missing * 1_000 / bytesPerSecond);
            assertThat(sizes).contains((long) BATCH_BYTES).hasSizeGreaterThan(2);
            assertThat(nodes.log(away, id).sizeInBytes())
                    .isEqualTo(nodes.log(others.get(0), id).sizeInBytes());
        }
    }

    /** The replica that others copy from is not sound itself, and nothing but the copy reads there. */
    @Test
    void shouldMendTheReplicaThatIsCopiedFrom() throws Exception {
        try (ThreeNodes nodes = start()) {
            // given: what the one that was away does not have is damaged where it asks for it
            PartitionId id = nodes.create("orders");
            append(nodes, id, 0, 15);
            int away = nodes.awaitLeader(id) == 1 ? 2 : 1;
            nodes.awaitHighWatermark(away, id, 15);
            nodes.stop(away);
            List<Integer> others =
                    ThreeNodes.ALL.stream().filter(node -> node != away).toList();
            int end = appendUntilPurged(nodes, id, 15, others);
            int leader = nodes.awaitLeader(id);
            byte[] sound = nodes.segments(leader, id);
            TestPartitions.flip(
                    TestPartitions.segment(TestPartitions.directory(nodes, leader, id), 10),
                    7L * BATCH_BYTES + BatchHeader.BYTES);

            // when
            nodes.start(away);

            // then
            for (int node : ThreeNodes.ALL) {
                await().atMost(ThreeNodes.LIMIT)
                        .untilAsserted(
                                () -> assertThat(nodes.segments(node, id)).isEqualTo(sound));
                nodes.awaitHighWatermark(node, id, end);
            }
            append(nodes, id, end, end + 1);
            for (int node : ThreeNodes.ALL) {
                nodes.awaitHighWatermark(node, id, end + 1);
            }
        }
    }

    /**
     * It has lost all that it could be asked for, and all entries that told of its records.
     *
     * @param byteInBatch of a value, or of the leader epoch, which no checksum covers
     */
    @ParameterizedTest
    @ValueSource(ints = {BatchHeader.BYTES, EPOCH_BYTE})
    void shouldMendDamageOfWhichTheRaftLogDoesNotTellAnyMore(int byteInBatch) throws Exception {
        try (ThreeNodes nodes = start()) {
            // given
            PartitionId id = nodes.create("orders");
            append(nodes, id, 0, 15);
            int end = appendUntilPurged(nodes, id, 15, ThreeNodes.ALL);
            await().atMost(ThreeNodes.LIMIT).until(() -> firstIndex(nodes, 2, id) > 0);
            byte[] sound = nodes.segments(1, id);
            TestPartitions.flip(
                    TestPartitions.segment(TestPartitions.directory(nodes, 2, id), 0), 3L * BATCH_BYTES + byteInBatch);

            // when
            assertThat(nodes.log(2, id).scrub(bytes -> true).damage()).isPresent();

            // then
            assertIsMended(nodes, id, end, sound);
        }
    }

    /** As one that was killed finds it: a clean stop is believed without a look at the segment. */
    @Test
    void shouldMendALeaderEpochOfWhichTheRaftLogDoesNotTellAnyMore() throws Exception {
        try (ThreeNodes nodes = start(LogSettings.defaults(), MANY, RaftSettings.UNLIMITED)) {
            // given
            PartitionId id = nodes.create("orders");
            append(nodes, id, 0, 15);
            int end = appendUntilPurged(nodes, id, 15, ThreeNodes.ALL);
            await().atMost(ThreeNodes.LIMIT).until(() -> firstIndex(nodes, 2, id) > 0);
            byte[] sound = nodes.segments(1, id);
            nodes.stop(2);
            Path partition = TestPartitions.directory(nodes, 2, id);
            Files.delete(partition.resolve("checkpoint"));
            TestPartitions.flip(TestPartitions.segment(partition, 0), 3L * BATCH_BYTES + EPOCH_BYTE);

            // when
            nodes.start(2);

            // then
            assertIsMended(nodes, id, end, sound);
        }
    }

    private static void assertIsMended(ThreeNodes nodes, PartitionId id, int end, byte[] sound) {
        await().atMost(ThreeNodes.LIMIT)
                .untilAsserted(() -> assertThat(nodes.segments(2, id)).isEqualTo(sound));
        nodes.awaitHighWatermark(2, id, end);
        append(nodes, id, end, end + 1);
        for (int node : ThreeNodes.ALL) {
            nodes.awaitHighWatermark(node, id, end + 1);
        }
    }

    @Test
    void shouldCopyThePartitionAnewWhenItsSnapshotsAreDamaged() throws Exception {
        try (ThreeNodes nodes = start()) {
            // given
            PartitionId id = nodes.create("orders");
            append(nodes, id, 0, 15);
            int end = appendUntilPurged(nodes, id, 15, ThreeNodes.ALL);
            await().atMost(ThreeNodes.LIMIT).until(() -> firstIndex(nodes, 2, id) > 0);
            byte[] sound = nodes.segments(1, id);
            nodes.stop(2);
            try (Stream<Path> snapshots =
                    Files.list(groupDirectory(nodes, 2, id).resolve(SnapshotFiles.DIRECTORY))) {
                for (Path snapshot : snapshots.toList()) {
                    TestPartitions.flip(snapshot, 40);
                }
            }

            // when
            nodes.start(2);

            // then
            nodes.awaitHighWatermark(2, id, end);
            assertThat(nodes.segments(2, id)).isEqualTo(sound);
            append(nodes, id, end, end + 1);
            nodes.awaitHighWatermark(2, id, end + 1);
        }
    }

    private static List<LogFinding> damageFound(ThreeNodes nodes, int node) throws IOException {
        Findings found = new Findings();
        for (PartitionInspection partition :
                NodeInspection.of(nodes.dataDirectory(node)).orElseThrow().partitions()) {
            assertThat(partition.verify(found).batches()).isPositive();
        }
        return found.of(LogFinding.Kind.DAMAGE);
    }
}
