package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroupId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promise 1 with a disk that does not keep what it took, on a minority: the replica is repaired, and nothing waits for it. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RepairIT {
    private static final int RECORDS = 45;
    private static final int BATCH_BYTES = TestAppends.batch("value-10").remaining();
    /** Ten batches a segment. */
    private static final LogSettings SETTINGS = new LogSettings(
            10 * BATCH_BYTES, Long.MAX_VALUE, LogSettings.defaults().indexIntervalBytes());

    @TempDir
    Path directory;

    /** What happens to the files of a partition while its node is down. */
    private interface Damage {
        void apply(Path partitionDirectory) throws IOException;
    }

    private static final Map<String, Damage> DAMAGES = Map.of(
            "flipped-in-the-last",
            partition -> {
                // After a kill: a clean stop is believed without a look at the segment.
                Files.delete(partition.resolve("checkpoint"));
                TestPartitions.flip(TestPartitions.segment(partition, 40), 2L * BATCH_BYTES + 70);
            },
            "flipped-in-two",
            partition -> {
                Files.delete(partition.resolve("checkpoint"));
                TestPartitions.flip(TestPartitions.segment(partition, 10), 8);
                TestPartitions.flip(TestPartitions.segment(partition, 40), 70);
            },
            "flipped-in-an-epoch",
            partition -> {
                Files.delete(partition.resolve("checkpoint"));
                TestPartitions.flip(TestPartitions.segment(partition, 40), 3L * BATCH_BYTES + 15);
            },
            "short",
            partition -> truncate(TestPartitions.segment(partition, 20), 3L * BATCH_BYTES + 5),
            "without-one",
            partition -> Files.delete(TestPartitions.segment(partition, 10)),
            "without-any",
            RepairIT::deleteAll);

    @Test
    void shouldHaveTheBytesOfItsPeersAgainAfterAStart() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given: a partition for each kind of damage
            int damaged = 2;
            Map<PartitionId, Damage> damages = new HashMap<>();
            for (Map.Entry<String, Damage> damage : DAMAGES.entrySet()) {
                PartitionId id = nodes.create(damage.getKey());
                TestPartitions.append(nodes, id, 0, RECORDS);
                damages.put(id, damage.getValue());
            }
            for (PartitionId id : damages.keySet()) {
                nodes.awaitHighWatermark(damaged, id, RECORDS);
            }
            nodes.stop(damaged);
            for (Map.Entry<PartitionId, Damage> damage : damages.entrySet()) {
                damage.getValue().apply(TestPartitions.directory(nodes, damaged, damage.getKey()));
            }

            // when: the others go on meanwhile
            for (PartitionId id : damages.keySet()) {
                TestPartitions.append(nodes, id, RECORDS, RECORDS + 1);
            }
            nodes.start(damaged);

            // then
            for (PartitionId id : damages.keySet()) {
                nodes.awaitHighWatermark(damaged, id, RECORDS + 1);
                TestPartitions.append(nodes, id, RECORDS + 1, RECORDS + 2);
                nodes.awaitHighWatermark(damaged, id, RECORDS + 2);
            }
            nodes.stop(damaged);
            for (PartitionId id : damages.keySet()) {
                assertThat(nodes.segments(damaged, id)).as("%s", id).isEqualTo(nodes.segments(1, id));
            }
            assertThat(damageFound(nodes.dataDirectory(damaged))).isEmpty();
        }
    }

    @Test
    void shouldBeRepairedWhileItRunsWhenALeaderReadsDamage() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given: a follower that needs what the leader has on its disk only
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            int away = nodes.awaitLeader(id) == 1 ? 2 : 1;
            nodes.awaitHighWatermark(away, id, RECORDS);
            nodes.stop(away);
            TestPartitions.append(nodes, id, RECORDS, 2 * RECORDS);
            for (int node : ThreeNodes.ALL) {
                if (node != away) {
                    nodes.stop(node);
                    nodes.start(node);
                }
            }
            int leader = nodes.awaitLeader(id);
            int other = 6 - away - leader;
            nodes.awaitHighWatermark(other, id, 2 * RECORDS);
            byte[] sound = nodes.segments(other, id);

            // when
            TestPartitions.flip(
                    TestPartitions.segment(TestPartitions.directory(nodes, leader, id), 60), 3L * BATCH_BYTES + 70);
            nodes.start(away);

            // then: the follower has all of it, and so has the replica that was damaged, without a restart
            nodes.awaitHighWatermark(away, id, 2 * RECORDS);
            await().atMost(ThreeNodes.LIMIT)
                    .untilAsserted(() -> assertThat(nodes.segments(leader, id)).isEqualTo(sound));
            nodes.awaitHighWatermark(leader, id, 2 * RECORDS);
            TestPartitions.append(nodes, id, 2 * RECORDS, 2 * RECORDS + 1);
            for (int node : ThreeNodes.ALL) {
                nodes.awaitHighWatermark(node, id, 2 * RECORDS + 1);
            }
        }
    }

    /** The start believes the checkpoint of a clean stop, and nobody reads the records. */
    @Test
    void shouldBeRepairedWhenAScrubFindsWhatACleanStartDidNotLookAt() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given: a bit of a value, one that no checksum covers, and one in the last segment
            List<PartitionId> ids = List.of(nodes.create("value"), nodes.create("epoch"), nodes.create("last"));
            for (PartitionId id : ids) {
                TestPartitions.append(nodes, id, 0, RECORDS);
                nodes.awaitHighWatermark(2, id, RECORDS);
            }
            nodes.stop(2);
            TestPartitions.flip(
                    TestPartitions.segment(TestPartitions.directory(nodes, 2, ids.get(0)), 20), 3L * BATCH_BYTES + 70);
            TestPartitions.flip(
                    TestPartitions.segment(TestPartitions.directory(nodes, 2, ids.get(1)), 10), 2L * BATCH_BYTES + 15);
            TestPartitions.flip(
                    TestPartitions.segment(TestPartitions.directory(nodes, 2, ids.get(2)), 40), 4L * BATCH_BYTES + 70);
            nodes.start(2);
            for (PartitionId id : ids) {
                nodes.awaitHighWatermark(2, id, RECORDS);
                assertThat(nodes.segments(2, id)).isNotEqualTo(nodes.segments(1, id));
            }

            // when
            for (PartitionId id : ids) {
                assertThat(nodes.log(2, id).scrub(bytes -> true).damage()).isPresent();
            }

            // then
            for (PartitionId id : ids) {
                await().atMost(ThreeNodes.LIMIT)
                        .untilAsserted(() -> assertThat(nodes.segments(2, id)).isEqualTo(nodes.segments(1, id)));
                nodes.awaitHighWatermark(2, id, RECORDS);
                TestPartitions.append(nodes, id, RECORDS, RECORDS + 1);
                nodes.awaitHighWatermark(2, id, RECORDS + 1);
                assertThat(nodes.log(2, id).scrub(bytes -> true))
                        .isEqualTo(new ScrubReport((RECORDS + 1L) * BATCH_BYTES, Optional.empty()));
            }
        }
    }

    @Test
    void shouldEndAScrubThatIsNotWantedAnyMore() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            nodes.awaitHighWatermark(2, id, RECORDS);

            ScrubReport report = nodes.log(2, id).scrub(bytes -> false);

            assertThat(report).isEqualTo(new ScrubReport(0, Optional.empty()));
        }
    }

    /** Two threads of Ratis wrote what its buffer held when it closed its log: of a partition, and of the metadata. */
    @Test
    void shouldCutWhatRatisWroteTwice() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            nodes.awaitHighWatermark(2, id, RECORDS);
            nodes.stop(2);
            for (RaftGroupId group : List.of(GroupIds.of(id), GroupIds.METADATA)) {
                repeatLastEntries(RaftNode.groupsDirectory(nodes.dataDirectory(2))
                        .resolve(group.getUuid().toString()));
            }

            // when
            nodes.start(2);

            // then
            nodes.awaitHighWatermark(2, id, RECORDS);
            TestPartitions.append(nodes, id, RECORDS, RECORDS + 1);
            nodes.awaitHighWatermark(2, id, RECORDS + 1);
            assertThat(nodes.segments(2, id)).isEqualTo(nodes.segments(1, id));
        }
    }

    private static void repeatLastEntries(Path groupDirectory) throws IOException {
        List<RaftLogFile> files = RaftLogFile.list(groupDirectory);
        RaftLogFile last = files.get(files.size() - 1);
        List<Long> positions = new ArrayList<>();
        RaftLogFile.Ending ending =
                last.read(RaftLogReading.MAX_ENTRY_BYTES, (entry, position) -> positions.add(position));
        assertThat(last.isOpen()).isTrue();
        long from = positions.get(Math.max(0, positions.size() - 2));
        byte[] bytes = Files.readAllBytes(last.path());
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.write(bytes, 0, (int) ending.position());
        twice.write(bytes, (int) from, (int) (ending.position() - from));
        Files.write(last.path(), twice.toByteArray());
    }

    @Test
    void shouldRepairAMajorityWhoseDamageLiesElsewhere() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given: two of three, each in another record of the same segment
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            for (int node : ThreeNodes.ALL) {
                nodes.awaitHighWatermark(node, id, RECORDS);
            }
            byte[] sound = nodes.segments(1, id);
            ThreeNodes.ALL.forEach(nodes::stop);
            for (int node : List.of(1, 2)) {
                Files.delete(TestPartitions.directory(nodes, node, id).resolve("checkpoint"));
                TestPartitions.flip(
                        TestPartitions.segment(TestPartitions.directory(nodes, node, id), 40),
                        (long) node * BATCH_BYTES + 70);
            }

            // when: no leader is there to be asked
            for (int node : ThreeNodes.ALL) {
                nodes.start(node);
            }

            // then
            for (int node : ThreeNodes.ALL) {
                nodes.awaitHighWatermark(node, id, RECORDS);
                assertThat(nodes.segments(node, id)).isEqualTo(sound);
            }
        }
    }

    @Test
    void shouldCutADamagedEntryThatNobodyElseHas() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given: a leader with entries that were never committed, the last of them damaged
            PartitionId id = nodes.create("orders");
            int deposed = nodes.stopWithEntriesOfTheLeaderAlone(id);
            List<Integer> others =
                    ThreeNodes.ALL.stream().filter(node -> node != deposed).toList();
            Path partition = TestPartitions.directory(nodes, deposed, id);
            Files.delete(partition.resolve("checkpoint"));
            Path last = lastSegment(partition);
            TestPartitions.flip(last, Files.size(last) - 5);
            byte[] damaged = nodes.segments(deposed, id);

            // when: one of the others does not know yet what became of it
            nodes.start(others.get(0));
            nodes.start(deposed);

            // then: it may have it
            assertThat(nodes.node(deposed).partition(id.topicId(), 0)).isEmpty();
            assertThat(nodes.segments(deposed, id)).isEqualTo(damaged);

            // when: both say that they do not have it
            nodes.start(others.get(1));
            nodes.awaitLeader(id);
            await().pollDelay(Duration.ZERO)
                    .atMost(ThreeNodes.LIMIT)
                    .until(
                            () -> TestPartitions.tryAppend(nodes, id, TestAppends.batch("next")),
                            AppendOutcome.Appended.class::isInstance);

            // then
            await().atMost(ThreeNodes.LIMIT)
                    .untilAsserted(() -> assertThat(nodes.segments(deposed, id))
                            .isEqualTo(nodes.segments(others.get(0), id))
                            .isEqualTo(nodes.segments(others.get(1), id)));
            assertThat(nodes.node(deposed).partition(id.topicId(), 0)).isPresent();
        }
    }

    private static Path lastSegment(Path partitionDirectory) throws IOException {
        try (Stream<Path> files = Files.list(partitionDirectory)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    @Test
    void shouldWaitForItsPeersAndBeRemovedMeanwhile() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given: nobody to ask
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            nodes.awaitHighWatermark(1, id, RECORDS);
            ThreeNodes.ALL.forEach(nodes::stop);
            Path partition = TestPartitions.directory(nodes, 1, id);
            Files.delete(TestPartitions.segment(partition, 10));

            // when
            nodes.start(1);

            // then: what is there stays
            assertThat(nodes.node(1).partition(id.topicId(), 0)).isEmpty();
            nodes.node(1).createPartition(id, ThreeNodes.ALL).get(60, TimeUnit.SECONDS);
            assertThat(nodes.node(1).partition(id.topicId(), 0)).isEmpty();
            assertThat(TestPartitions.segment(partition, 20)).exists();
            nodes.node(1).removePartition(id).get(60, TimeUnit.SECONDS);
            assertThat(partition).doesNotExist();
        }
    }

    /** Sound entries lie before the damaged one, which its peers have deleted. */
    @Test
    void shouldForgetWhatItsPeersDeletedMeanwhile() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            nodes.awaitHighWatermark(2, id, RECORDS);
            nodes.stop(2);
            assertThat(TestPartitions.advanceLogStart(nodes, id, 25)).isEqualTo(new AdvanceOutcome.Advanced(25));
            Files.delete(TestPartitions.directory(nodes, 2, id).resolve("checkpoint"));
            TestPartitions.flip(
                    TestPartitions.segment(TestPartitions.directory(nodes, 2, id), 10), 3L * BATCH_BYTES + 8);

            nodes.start(2);

            nodes.awaitHighWatermark(2, id, RECORDS);
        }
    }

    @Test
    void shouldNotTakeLostSegmentsForDeletedOnes() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            nodes.awaitHighWatermark(2, id, RECORDS);
            nodes.stop(2);
            Path partition = TestPartitions.directory(nodes, 2, id);
            Files.delete(partition.resolve("checkpoint"));
            Files.delete(TestPartitions.segment(partition, 0));
            Files.delete(TestPartitions.segment(partition, 10));

            nodes.start(2);

            nodes.awaitHighWatermark(2, id, RECORDS);
            assertThat(nodes.log(2, id).logStartOffset()).isZero();
        }
    }

    @Test
    void shouldRepairWhatIsRefusedForWhatLiesBehindTheHeaders() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, RECORDS);
            nodes.awaitHighWatermark(2, id, RECORDS);
            nodes.stop(2);
            Path partition = TestPartitions.directory(nodes, 2, id);
            Files.copy(TestPartitions.segment(partition, 40), TestPartitions.segment(partition, 60));

            // when
            nodes.start(2);

            // then
            nodes.awaitHighWatermark(2, id, RECORDS);
            assertThat(TestPartitions.segment(partition, 60)).doesNotExist();
        }
    }

    @Test
    void shouldRemoveAPartitionWhileAnotherOneWaitsForPeers() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS)) {
            // given
            PartitionId first = nodes.create("first");
            PartitionId second = nodes.create("second");
            for (PartitionId id : List.of(first, second)) {
                TestPartitions.append(nodes, id, 0, RECORDS);
                nodes.awaitHighWatermark(1, id, RECORDS);
            }
            ThreeNodes.ALL.forEach(nodes::stop);
            for (PartitionId id : List.of(first, second)) {
                Files.delete(TestPartitions.segment(TestPartitions.directory(nodes, 1, id), 10));
            }
            // Whoever is asked waits for the end of its limit, again and again.
            try (ServerSocket silent = nodes.silent(2);
                    ServerSocket silentToo = nodes.silent(3)) {
                assertThat(silent.getLocalPort()).isNotEqualTo(silentToo.getLocalPort());
                nodes.start(1);

                // when
                nodes.node(1).removePartition(second).get(60, TimeUnit.SECONDS);
                nodes.node(1).removePartition(first).get(60, TimeUnit.SECONDS);

                // then
                assertThat(TestPartitions.directory(nodes, 1, first)).doesNotExist();
                assertThat(TestPartitions.directory(nodes, 1, second)).doesNotExist();
            }
        }
    }

    private static List<LogFinding> damageFound(Path dataDirectory) throws IOException {
        Findings found = new Findings();
        for (PartitionInspection partition :
                NodeInspection.of(dataDirectory).orElseThrow().partitions()) {
            assertThat(partition.verify(found).batches()).isPositive();
        }
        return found.of(LogFinding.Kind.DAMAGE);
    }

    private static void deleteAll(Path partitionDirectory) throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(partitionDirectory)) {
            files.forEach(all::add);
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }

    private static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }
}
