package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.CountingDisk;
import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a deposed leader has on its disk and the next one has not. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class TruncationIT {
    private static final int LONELY_APPENDS = 5;

    @TempDir
    Path directory;

    @Test
    void shouldCutTheSegmentAfterTheRaftLogWasCutDurably() throws Exception {
        List<String> changes = new CopyOnWriteArrayList<>();
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> new ObservedDisk(changes), LogSettings.defaults())) {
            // given: a leader with entries that nobody else has
            PartitionId id = nodes.create("orders");
            int deposed = nodes.awaitLeader(id);
            append(nodes.log(deposed, id), "first").get(60, TimeUnit.SECONDS);
            List<Integer> others = new ArrayList<>(ThreeNodes.ALL);
            others.remove(Integer.valueOf(deposed));
            others.forEach(node -> nodes.awaitHighWatermark(node, id, 1));
            others.forEach(nodes::stop);
            ReplicatedLog lonely = nodes.log(deposed, id);
            int before = nodes.segments(deposed, id).length;
            for (int i = 0; i < LONELY_APPENDS; i++) {
                var unused = append(lonely, "lonely-" + i);
            }
            await().atMost(ThreeNodes.LIMIT).until(() -> nodes.segments(deposed, id).length > before);
            nodes.stop(deposed);

            // when: the others go on without it, and it comes back
            for (int node : others) {
                nodes.start(node);
            }
            int leader = nodes.awaitLeader(id);
            assertThat(append(nodes.log(leader, id), "second").get(60, TimeUnit.SECONDS))
                    .isEqualTo(new AppendOutcome.Appended(1, false));
            assertThat(nodes.segments(deposed, id)).hasSizeGreaterThan(before);
            changes.clear();
            nodes.start(deposed);
            nodes.awaitHighWatermark(deposed, id, 2);

            // then
            Path raftLog = RaftNode.groupsDirectory(nodes.dataDirectory(deposed))
                    .resolve(GroupIds.of(id).getUuid().toString())
                    .resolve("current");
            int cut = indexOf(changes, "cut " + segment(nodes, deposed, id));
            assertThat(cut).as("%s", changes).isPositive();
            assertThat(changes.subList(0, cut))
                    .anyMatch(change -> change.startsWith("force " + raftLog.resolve("log_")))
                    .contains("sync " + raftLog);
            assertThat(nodes.segments(deposed, id)).isEqualTo(nodes.segments(leader, id));
        }
    }

    /** Review: Ratis cut its file and did not force it, and the process was killed before the next flush. */
    @Test
    void shouldForceTheRaftLogBeforeAStartCutsTheSegment() throws Exception {
        List<String> changes = new CopyOnWriteArrayList<>();
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> new ObservedDisk(changes), LogSettings.defaults())) {
            PartitionId id = nodes.create("orders");
            int leader = nodes.awaitLeader(id);
            append(nodes.log(leader, id), "first").get(60, TimeUnit.SECONDS);
            append(nodes.log(leader, id), "second").get(60, TimeUnit.SECONDS);
            int cutting = leader == 1 ? 2 : 1;
            nodes.awaitHighWatermark(cutting, id, 2);
            nodes.stop(cutting);
            Path group = RaftNode.groupsDirectory(nodes.dataDirectory(cutting))
                    .resolve(GroupIds.of(id).getUuid().toString());
            List<RaftLogScan.Found> headers =
                    RaftLogScan.read(group, RaftSettings.defaults().maxEntryBytes()).entries();
            RaftLogScan.Found last = headers.get(headers.size() - 1);
            try (java.nio.channels.FileChannel file =
                    java.nio.channels.FileChannel.open(last.file(), java.nio.file.StandardOpenOption.WRITE)) {
                file.truncate(last.position());
            }
            changes.clear();

            nodes.start(cutting);

            int cut = indexOf(changes, "cut " + segment(nodes, cutting, id));
            assertThat(cut).as("%s", changes).isNotNegative();
            assertThat(changes.subList(0, cut)).anyMatch(change -> change.startsWith("force " + last.file()));
        }
    }

    /** Review: the cut of the segment fails, Ratis writes the new entry's header when it is closed, the old bytes are there. */
    @Test
    void shouldNotKeepTheBytesOfADeposedLeaderUnderANewHeader() throws Exception {
        java.util.concurrent.atomic.AtomicReference<String> failing =
                new java.util.concurrent.atomic.AtomicReference<>("");
        try (ThreeNodes nodes = new ThreeNodes(
                directory,
                node -> new ForwardingDisk(Disk.system()) {
                    @Override
                    public DiskFile open(Path path) throws IOException {
                        if (path.endsWith("checkpoint.new") && path.toString().contains(failing.get() + "/log/")) {
                            throw new IOException("no space for " + path);
                        }
                        return super.open(path);
                    }
                },
                LogSettings.defaults())) {
            failing.set("nowhere");
            PartitionId id = nodes.create("orders");
            int deposed = nodes.awaitLeader(id);
            append(nodes.log(deposed, id), "first").get(60, TimeUnit.SECONDS);
            List<Integer> others = new ArrayList<>(ThreeNodes.ALL);
            others.remove(Integer.valueOf(deposed));
            others.forEach(node -> nodes.awaitHighWatermark(node, id, 1));
            others.forEach(nodes::stop);
            ReplicatedLog lonely = nodes.log(deposed, id);
            int before = nodes.segments(deposed, id).length;
            for (int i = 0; i < LONELY_APPENDS; i++) {
                var unused = append(lonely, "lonely-" + i);
            }
            await().atMost(ThreeNodes.LIMIT).until(() -> nodes.segments(deposed, id).length > before);
            nodes.stop(deposed);
            for (int node : others) {
                nodes.start(node);
            }
            int leader = nodes.awaitLeader(id);
            assertThat(append(nodes.log(leader, id), "second").get(60, TimeUnit.SECONDS))
                    .isEqualTo(new AppendOutcome.Appended(1, false));
            failing.set("node-" + deposed);
            nodes.start(deposed);
            Path mark = segment(nodes, deposed, id).resolveSibling("fenced");
            await().atMost(ThreeNodes.LIMIT).until(() -> java.nio.file.Files.exists(mark));
            nodes.stop(deposed);

            // when
            failing.set("nowhere");
            nodes.start(deposed);
            nodes.awaitHighWatermark(deposed, id, 2);

            // then
            nodes.stop(deposed);
            assertThat(new String(nodes.segments(deposed, id), java.nio.charset.StandardCharsets.ISO_8859_1))
                    .isEqualTo(new String(nodes.segments(leader, id), java.nio.charset.StandardCharsets.ISO_8859_1));
        }
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

    private static CompletableFuture<AppendOutcome> append(ReplicatedLog log, String value) {
        ByteBuffer batch = TestAppends.batch(value);
        return log.append(batch, TestAppends.headers(batch));
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
