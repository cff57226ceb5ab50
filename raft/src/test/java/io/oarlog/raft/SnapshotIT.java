package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The metadata group of three nodes, with a snapshot every twenty entries; a file of its Raft log holds some thirty. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class SnapshotIT {
    private static final int COMMAND_BYTES = 256 * 1024;
    private static final SnapshotSettings SNAPSHOTS = new SnapshotSettings(20, Long.MAX_VALUE, 5);

    @TempDir
    Path directory;

    private final AtomicInteger changesUntilDeath = new AtomicInteger(Integer.MAX_VALUE);
    private ThreeNodes nodes;
    private long submitted;

    @BeforeEach
    void start() throws IOException {
        nodes = new ThreeNodes(
                directory,
                node -> node == 3 ? new DyingDisk(Disk.system()) : Disk.system(),
                LogSettings.defaults(),
                1,
                ThreeNodes.quickElections().withSnapshots(SNAPSHOTS, SnapshotSettings.ofPartitions()));
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    /** A process that dies at some change to its snapshots: all later ones fail. */
    private final class DyingDisk extends ForwardingDisk {
        DyingDisk(Disk disk) {
            super(disk);
        }

        private void change(Path path) throws IOException {
            if (path.toString().contains("snapshot-") && changesUntilDeath.decrementAndGet() <= 0) {
                throw new IOException("dead");
            }
        }

        @Override
        public void delete(Path path) throws IOException {
            change(path);
            super.delete(path);
        }

        @Override
        public void move(Path source, Path target) throws IOException {
            change(source);
            super.move(source, target);
        }

        @Override
        public DiskFile open(Path file) throws IOException {
            change(file);
            return super.open(file);
        }
    }

    @Test
    void shouldHaveTheSameStateAfterARestartFromSnapshotAndLog() throws Exception {
        // given
        submit(90);
        awaitApplied(ThreeNodes.ALL);
        awaitPurged(1);

        // when
        ThreeNodes.ALL.forEach(nodes::stop);
        for (int node : ThreeNodes.ALL) {
            nodes.start(node);
        }

        // then
        awaitApplied(ThreeNodes.ALL);
        for (int node : ThreeNodes.ALL) {
            assertThat(snapshots(node)).hasSizeBetween(1, 2);
        }
        submit(1);
        awaitApplied(ThreeNodes.ALL);
    }

    @Test
    void shouldBringBackAFollowerThatWasAwayWhileTheOthersPurged() throws Exception {
        // given
        submit(5);
        awaitApplied(ThreeNodes.ALL);
        nodes.stop(3);
        submit(150);
        awaitPurged(1);
        awaitPurged(2);

        // when
        nodes.start(3);

        // then: also what is committed behind the snapshot, and after
        awaitApplied(ThreeNodes.ALL);
        submit(30);
        awaitApplied(ThreeNodes.ALL);
        assertThat(snapshots(3)).hasSizeBetween(1, 2);

        // when
        nodes.stop(3);
        nodes.start(3);

        // then
        awaitApplied(ThreeNodes.ALL);
    }

    @Test
    void shouldBringBackAFollowerThatDiesWhileItCopies() throws Exception {
        // given
        submit(5);
        awaitApplied(ThreeNodes.ALL);
        nodes.stop(3);
        submit(150);
        awaitPurged(1);
        awaitPurged(2);
        for (int death = 1; death <= 4; death++) {
            // when
            changesUntilDeath.set(death);
            nodes.start(3);
            await().atMost(ThreeNodes.LIMIT).until(() -> changesUntilDeath.get() <= 0);
            nodes.stop(3);
        }
        changesUntilDeath.set(Integer.MAX_VALUE);
        nodes.start(3);

        // then
        awaitApplied(ThreeNodes.ALL);
        submit(1);
        awaitApplied(ThreeNodes.ALL);
        assertThat(snapshots(3)).hasSizeBetween(1, 2);
    }

    @Test
    void shouldGoOnWithACopiedSnapshotThatRaftHadNotHeardOf() throws Exception {
        // given: what a follower leaves that dies when its copy has its name, far behind the end of its Raft log
        submit(5);
        awaitApplied(ThreeNodes.ALL);
        nodes.stop(3);
        submit(50);
        await().atMost(ThreeNodes.LIMIT).until(() -> !snapshots(1).isEmpty());
        List<Path> snapshots = snapshots(1);
        Path newest = snapshots.get(snapshots.size() - 1);
        Path own = groupDirectory(3).resolve(SnapshotFiles.DIRECTORY);
        Files.createDirectories(own);
        Files.copy(newest, own.resolve(newest.getFileName()));

        // when
        nodes.start(3);

        // then
        awaitApplied(ThreeNodes.ALL);
        submit(1);
        awaitApplied(ThreeNodes.ALL);

        // when
        nodes.stop(3);
        nodes.start(3);

        // then
        awaitApplied(ThreeNodes.ALL);
    }

    @Test
    void shouldLeadAfterASnapshotWasInstalled() throws Exception {
        // given
        nodes.stop(3);
        submit(150);
        awaitPurged(1);
        awaitPurged(2);
        nodes.start(3);
        awaitApplied(ThreeNodes.ALL);

        // when: node 3 is needed for every majority
        nodes.stop(1);
        submitAt(3, 40);

        // then
        awaitApplied(List.of(2, 3));
        nodes.start(1);
        awaitApplied(ThreeNodes.ALL);
    }

    @Test
    void shouldRefuseToStartWithADamagedSnapshotThatTheLogDoesNotReplace() throws Exception {
        // given: a node that has copied its snapshot, and no entries before
        nodes.stop(3);
        submit(150);
        awaitPurged(1);
        awaitPurged(2);
        nodes.start(3);
        awaitApplied(ThreeNodes.ALL);
        nodes.stop(3);
        List<Path> files = snapshots(3);
        assertThat(damaged(3)).isEmpty();
        for (Path file : files) {
            flip(file);
        }
        assertThat(damaged(3)).isEqualTo(files);

        // when, then
        assertThatThrownBy(() -> nodes.start(3))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(files.get(files.size() - 1).toString())
                .hasMessageContaining("Copy the newest snapshot of another node");

        // when: as it says
        List<Path> others = snapshots(1);
        Path newest = others.get(others.size() - 1);
        Files.copy(newest, files.get(0).resolveSibling(newest.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        nodes.start(3);

        // then
        awaitApplied(ThreeNodes.ALL);
    }

    private void submit(int commands) throws Exception {
        submitAt(1, commands);
    }

    private void submitAt(int node, int commands) throws Exception {
        List<CompletableFuture<?>> outcomes = new ArrayList<>();
        for (int i = 0; i < commands; i++) {
            submitted++;
            outcomes.add(nodes.node(node)
                    .metadataLog()
                    .submit(ByteBuffer.allocate(COMMAND_BYTES).putLong(0, 1)));
            if (outcomes.size() == 10) {
                CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
                        .get(60, TimeUnit.SECONDS);
                outcomes.clear();
            }
        }
        CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
    }

    private void awaitApplied(List<Integer> on) {
        await().atMost(ThreeNodes.LIMIT)
                .untilAsserted(() -> assertThat(
                                on.stream().map(node -> nodes.register(node).sum()))
                        .allMatch(sum -> sum == submitted));
    }

    /** No snapshot is taken while the one before is written: then the next commands bring it. */
    private void awaitPurged(int node) {
        await().atMost(ThreeNodes.LIMIT).until(() -> {
            boolean isPurged = RaftLogFile.list(groupDirectory(node)).get(0).startIndex() > 20;
            if (!isPurged) {
                submit(5);
            }
            return isPurged;
        });
    }

    private Path groupDirectory(int node) {
        return RaftNode.groupsDirectory(nodes.dataDirectory(node))
                .resolve(GroupIds.METADATA.getUuid().toString());
    }

    private List<Path> snapshots(int node) throws IOException {
        try (Stream<Path> files = Files.list(groupDirectory(node).resolve(SnapshotFiles.DIRECTORY))) {
            return files.filter(file -> SnapshotFile.of(file).isPresent())
                    .sorted()
                    .toList();
        }
    }

    /** Files of the metadata group that an inspection finds damaged. */
    private List<Path> damaged(int node) throws IOException {
        List<Path> damaged = new ArrayList<>();
        NodeInspection.of(nodes.dataDirectory(node)).orElseThrow().verifyOtherGroups(finding -> {
            if (finding.kind() == LogFinding.Kind.DAMAGE) {
                damaged.add(finding.file());
            }
        });
        return damaged;
    }

    private static void flip(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, 1000);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) ~one.get(0)}), 1000);
        }
    }
}
