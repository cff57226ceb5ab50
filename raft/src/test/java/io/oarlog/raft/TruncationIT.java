package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.CountingDisk;
import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a deposed leader has on its disk and the next one has not. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class TruncationIT {
    @TempDir
    Path directory;

    @Test
    void shouldCutTheSegmentAfterTheRaftLogWasCutDurably() throws Exception {
        List<String> changes = new CopyOnWriteArrayList<>();
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> new ObservedDisk(changes), LogSettings.defaults())) {
            // given: a leader with entries that nobody else has
            PartitionId id = nodes.create("orders");
            int deposed = nodes.stopWithEntriesOfTheLeaderAlone(id);

            // when: the others go on without it, and it comes back
            startOthers(nodes, deposed);
            long end = appendOne(nodes, id);
            changes.clear();
            nodes.start(deposed);
            nodes.awaitHighWatermark(deposed, id, end);

            // then
            Path raftLog = RaftNode.groupsDirectory(nodes.dataDirectory(deposed))
                    .resolve(GroupIds.of(id).getUuid().toString())
                    .resolve("current");
            int cut = indexOf(changes, "cut " + segment(nodes, deposed, id));
            assertThat(cut).as("%s", changes).isPositive();
            assertThat(changes.subList(0, cut))
                    .anyMatch(change -> change.startsWith("force " + raftLog.resolve("log_")))
                    .contains("sync " + raftLog);
            assertThat(nodes.segments(deposed, id)).isEqualTo(nodes.segments(nodes.awaitLeader(id), id));
        }
    }

    @Test
    void shouldForceTheRaftLogBeforeAStartCutsTheSegment() throws Exception {
        List<String> changes = new CopyOnWriteArrayList<>();
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> new ObservedDisk(changes), LogSettings.defaults())) {
            // given: Ratis cut its file and did not force it, and the process was killed before the next flush
            PartitionId id = nodes.create("orders");
            appendOne(nodes, id);
            appendOne(nodes, id);
            int cutting = nodes.awaitLeader(id) == 1 ? 2 : 1;
            nodes.awaitHighWatermark(cutting, id, 2);
            nodes.stop(cutting);
            Path group = RaftNode.groupsDirectory(nodes.dataDirectory(cutting))
                    .resolve(GroupIds.of(id).getUuid().toString());
            List<RaftLogScan.Found> headers = RaftLogScan.read(
                            group, RaftSettings.defaults().maxEntryBytes())
                    .entries();
            RaftLogScan.Found last = headers.get(headers.size() - 1);
            RaftLogScan.cutFrom(last);
            changes.clear();

            // when
            nodes.start(cutting);

            // then
            int cut = indexOf(changes, "cut " + segment(nodes, cutting, id));
            assertThat(cut).as("%s", changes).isNotNegative();
            assertThat(changes.subList(0, cut)).anyMatch(change -> change.startsWith("force " + last.file()));
        }
    }

    /** The cut of the segment fails, Ratis writes the new entry's header when it is closed, and the old bytes are there. */
    @Test
    void shouldNotKeepTheBytesOfADeposedLeaderUnderANewHeader() throws Exception {
        Set<Path> failing = ConcurrentHashMap.newKeySet();
        try (ThreeNodes nodes =
                new ThreeNodes(directory, node -> new DiskWithoutSome(failing), LogSettings.defaults())) {
            // given
            PartitionId id = nodes.create("orders");
            int deposed = nodes.stopWithEntriesOfTheLeaderAlone(id);
            startOthers(nodes, deposed);
            long end = appendOne(nodes, id);
            Path partition = segment(nodes, deposed, id).resolveSibling("");
            failing.add(partition.resolve("checkpoint.new"));
            nodes.start(deposed);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() ->
                            PartitionFiles.fencedAt(Disk.system(), partition).isPresent());
            nodes.stop(deposed);

            // when
            failing.clear();
            nodes.start(deposed);
            nodes.awaitHighWatermark(deposed, id, end);

            // then
            assertThat(nodes.segments(deposed, id)).isEqualTo(nodes.segments(nodes.awaitLeader(id), id));
        }
    }

    private static void startOthers(ThreeNodes nodes, int stopped) throws IOException {
        for (int node : ThreeNodes.ALL) {
            if (node != stopped) {
                nodes.start(node);
            }
        }
    }

    /** @return the end of the log then */
    private static long appendOne(ThreeNodes nodes, PartitionId id) {
        return TestPartitions.append(nodes, id, TestAppends.batch("value")) + 1;
    }

    private static int indexOf(List<String> changes, String change) {
        return List.copyOf(changes).indexOf(change);
    }

    private static Path segment(ThreeNodes nodes, int node, PartitionId id) {
        return nodes.dataDirectory(node)
                .resolve("log")
                .resolve(id.topic())
                .resolve(id.partition() + "." + id.topicId())
                .resolve("00000000000000000000.log");
    }

    /** Cannot open some files. */
    private static final class DiskWithoutSome extends ForwardingDisk {
        private final Set<Path> failing;

        DiskWithoutSome(Set<Path> failing) {
            super(Disk.system());
            this.failing = failing;
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            if (failing.contains(path)) {
                throw new IOException("cannot open " + path);
            }
            return super.open(path);
        }
    }

    /** Notes which segments are cut and what is made durable. Thread-safe. */
    private static final class ObservedDisk extends ForwardingDisk {
        private final List<String> changes;

        ObservedDisk(List<String> changes) {
            super(Disk.system());
            this.changes = changes;
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            return new ForwardingFile(super.open(path)) {
                @Override
                public void truncate(long size) throws IOException {
                    if (CountingDisk.isSegment(path) && size < size()) {
                        changes.add("cut " + path);
                    }
                    super.truncate(size);
                }

                @Override
                public void force() throws IOException {
                    super.force();
                    changes.add("force " + path);
                }
            };
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            super.syncDirectory(directory);
            changes.add("sync " + directory);
        }
    }
}
