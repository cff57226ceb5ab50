package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.oarlog.log.FaultyDisk;
import io.oarlog.log.FaultyDisk.Unsynced;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Snapshots on a disk that loses what was not synced. Command number i has index i. */
class MachineSnapshotsTest {
    private static final Path DIRECTORY = Path.of("/data/sm");
    private static final int SNAPSHOT_BYTES = 2 * SnapshotOutput.BUFFER_BYTES + 100;
    private static final long EVERY = 10;
    private static final long KEPT = 5;
    private static final long NOTHING = -1;
    private static final List<Unsynced> UNSYNCED = List.of(Unsynced.values());

    private final FaultyDisk disk = new FaultyDisk(7);

    /** A node that applies commands and is started again and again; its Raft log is never lost. */
    private static final class Node {
        private final FaultyDisk disk;
        private final DigestMachine machine = new DigestMachine(SNAPSHOT_BYTES);
        private final MachineSnapshots snapshots;
        private final List<Runnable> tasks = new ArrayList<>();
        private long applied;
        private long purged;

        Node(FaultyDisk disk, SnapshotSettings settings) {
            this.disk = disk;
            this.snapshots = new MachineSnapshots(machine, "the test", disk, settings, tasks::add);
        }

        /** @param purged up to which its Raft log was purged when it stopped, inclusive */
        void open(long purged) throws IOException {
            this.purged = purged;
            snapshots.open(DIRECTORY, OptionalLong.of(purged + 1), index -> this.purged = Math.max(this.purged, index));
            applied = snapshots.restoreLatest().map(TermIndex::getIndex).orElse(0L);
        }

        void apply(long count) {
            for (long i = 0; i < count; i++) {
                applied++;
                machine.apply(applied);
                snapshots.onApplied(TermIndex.valueOf(1, applied), Long.BYTES);
            }
        }

        void endInterval() {
            if (snapshots.isWorthOne(position())) {
                snapshots.onInterval(position(), machine.snapshot());
            }
        }

        void end() {
            snapshots.onEnd(position(), machine.snapshot());
            snapshots.close();
        }

        private TermIndex position() {
            return TermIndex.valueOf(1, applied);
        }

        void runTasks() {
            tasks.forEach(Runnable::run);
            tasks.clear();
        }

        List<Path> files() throws IOException {
            return disk.list(DIRECTORY);
        }
    }

    private static Node node(FaultyDisk disk) {
        return new Node(disk, new SnapshotSettings(EVERY, Long.MAX_VALUE, KEPT));
    }

    private static Node opened(FaultyDisk disk, long purged) throws IOException {
        Node node = node(disk);
        node.open(purged);
        return node;
    }

    /** With snapshots after 10, 20 and so on, up to and with {@code last}. */
    private static Node withSnapshots(FaultyDisk disk, long last) throws IOException {
        Node node = opened(disk, NOTHING);
        for (long index = EVERY; index <= last; index += EVERY) {
            node.apply(EVERY);
            node.runTasks();
        }
        return node;
    }

    private static Path file(long index) {
        return SnapshotFile.in(DIRECTORY, index).path();
    }

    @BeforeAll
    static void expectFailures() {
        setLevel(Level.ERROR);
    }

    @AfterAll
    static void resetLevel() {
        setLevel(null);
    }

    /** Thousands of failures are meant to happen, each with a warning. */
    private static void setLevel(@Nullable Level level) {
        ((Logger) LoggerFactory.getLogger(MachineSnapshots.class)).setLevel(level);
        ((Logger) LoggerFactory.getLogger(SnapshotFiles.class)).setLevel(level);
    }

    @Test
    void shouldRestoreTheStateAndGoOnWithTheLog() throws IOException {
        // given
        Node before = withSnapshots(disk, 30);
        before.apply(3);
        disk.powerCut(Unsynced.LOST);

        // when
        Node after = opened(disk, before.purged);
        long restored = after.applied;
        after.apply(3);

        // then
        assertThat(restored).isEqualTo(30);
        assertThat(after.machine.digest()).isEqualTo(before.machine.digest()).isEqualTo(DigestMachine.digestAt(33));
        assertThat(after.snapshots.latest()).isEqualTo(TermIndex.valueOf(1, 30));
    }

    @Test
    void shouldKeepTwoFilesHoweverManySnapshotsAreTaken() throws IOException {
        // when
        Node node = withSnapshots(disk, 200);

        // then
        assertThat(node.files()).containsExactly(file(190), file(200));
    }

    @Test
    void shouldPurgeBehindTheOlderSnapshotOnly() throws IOException {
        assertThat(withSnapshots(new FaultyDisk(1), 10).purged).isEqualTo(NOTHING);
        // 5 entries stay behind the newest one
        assertThat(withSnapshots(new FaultyDisk(1), 20).purged).isEqualTo(10);
        assertThat(withSnapshots(new FaultyDisk(1), 50).purged).isEqualTo(40);
    }

    @Test
    void shouldKeepEntriesBehindTheNewestSnapshot() throws IOException {
        // given
        Node node = new Node(disk, new SnapshotSettings(EVERY, Long.MAX_VALUE, 25));
        node.open(NOTHING);

        // when
        for (int i = 0; i < 5; i++) {
            node.apply(EVERY);
            node.runTasks();
        }

        // then
        assertThat(node.purged).isEqualTo(25);
    }

    @Test
    void shouldTakeASnapshotAfterSoManyBytes() throws IOException {
        // given
        Node node = new Node(disk, new SnapshotSettings(Long.MAX_VALUE, 4 * Long.BYTES, KEPT));
        node.open(NOTHING);

        // when
        node.apply(3);
        int tasksBefore = node.tasks.size();
        node.apply(1);

        // then
        assertThat(tasksBefore).isZero();
        assertThat(node.tasks).hasSize(1);
    }

    @Test
    void shouldTakeASnapshotOnTheIntervalWhenItIsWorthOne() throws IOException {
        // given
        Node node = new Node(
                disk, new SnapshotSettings(20, Long.MAX_VALUE, KeptEntries.of(KEPT), 4, Duration.ofMinutes(1)));
        node.open(NOTHING);
        List<Integer> tasks = new ArrayList<>();

        // when
        for (int i = 0; i < 5; i++) {
            node.apply(2);
            node.endInterval();
            tasks.add(node.tasks.size());
            node.runTasks();
        }

        // then
        assertThat(tasks).containsExactly(0, 1, 0, 1, 0);
        assertThat(node.files()).containsExactly(file(4), file(8));
        assertThat(opened(disk, node.purged).machine.digest()).isEqualTo(DigestMachine.digestAt(8));
    }

    @Test
    void shouldLeaveNothingToApplyAgainAtTheEnd() throws IOException {
        // given
        Node node = new Node(
                disk, new SnapshotSettings(20, Long.MAX_VALUE, KeptEntries.of(KEPT), 4, Duration.ofMinutes(1)));
        node.open(NOTHING);

        // when: on the thread that asks
        node.apply(7);
        node.end();
        disk.powerCut(Unsynced.LOST);

        // then
        assertThat(node.tasks).isEmpty();
        assertThat(opened(disk, NOTHING).applied).isEqualTo(7);
    }

    @Test
    void shouldTakeTheLastSnapshotInThePlaceOfOneThatWaits() throws IOException {
        // given
        Node node = opened(disk, NOTHING);
        node.apply(25);

        // when
        node.end();
        node.runTasks();

        // then: nothing is written once it is closed
        assertThat(node.files()).containsExactly(file(25));
        assertThat(node.purged).isEqualTo(NOTHING);
    }

    @Test
    void shouldNotEndBeforeAFileIsWrittenThatWasBegun() throws Exception {
        // given: the pool is in the midst of it
        Node node = opened(disk, NOTHING);
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> mayGoOn = new CompletableFuture<>();
        node.snapshots.onEnd(TermIndex.valueOf(1, 1), out -> out.write(new byte[1]));
        Thread pool = new Thread(() -> node.snapshots.onEnd(TermIndex.valueOf(1, EVERY), out -> {
            begun.countDown();
            mayGoOn.join();
            out.write(new byte[1]);
        }));
        pool.start();
        begun.await();

        // when
        Thread end = new Thread(node.snapshots::close);
        end.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> end.getState() == Thread.State.BLOCKED);
        mayGoOn.complete(null);
        end.join();

        // then: it was given up, and nothing is left of it
        List<Path> files = node.files();
        pool.join();
        assertThat(files).containsExactly(file(1));
        assertThat(node.files()).isEqualTo(files);
    }

    @Test
    void shouldWriteTheStateAsItWasThoughMoreIsAppliedMeanwhile() throws IOException {
        // given: one that is due while the writer is busy waits for it
        Node node = opened(disk, NOTHING);
        node.apply(25);

        // when
        node.runTasks();
        node.apply(1);
        node.runTasks();
        disk.restart();

        // then
        assertThat(node.files()).containsExactly(file(10), file(26));
        assertThat(opened(disk, NOTHING).machine.digest()).isEqualTo(DigestMachine.digestAt(26));
    }

    @Test
    void shouldGoOnWithoutASnapshotThatCannotBeWritten() throws IOException {
        // given
        Node node = withSnapshots(disk, 10);

        // when: the file's bytes cannot be made durable
        node.apply(EVERY);
        disk.failForce(1);
        node.runTasks();

        // then
        assertThat(node.snapshots.latest()).isEqualTo(TermIndex.valueOf(1, 10));
        assertThat(node.files()).containsExactly(file(10));
        assertThat(node.purged).isEqualTo(NOTHING);
        node.apply(EVERY);
        node.runTasks();
        assertThat(node.files()).containsExactly(file(10), file(30));
    }

    @Test
    void shouldGiveUpASnapshotWhenTheNodeStops() throws IOException {
        // given
        Node node = opened(disk, NOTHING);
        node.apply(EVERY);

        // when
        node.snapshots.close();
        node.runTasks();

        // then
        assertThat(node.files()).isEmpty();
    }

    @Test
    void shouldApplyOnWhenThePoolHasEnded() throws IOException {
        // given
        MachineSnapshots snapshots =
                new MachineSnapshots(new DigestMachine(0), "the test", disk, new SnapshotSettings(1, 1, 0), task -> {
                    throw new RejectedExecutionException("ended");
                });
        snapshots.open(DIRECTORY, OptionalLong.empty(), index -> {});

        // when
        snapshots.onApplied(TermIndex.valueOf(1, 1), 1);

        // then
        assertThat(snapshots.latest()).isNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 5, 17, 30, 1000, SNAPSHOT_BYTES, SNAPSHOT_BYTES + 8 + 24 + 3})
    void shouldFallBackToTheOlderSnapshotWhenTheNewestIsDamaged(long position) throws IOException {
        // given
        Node before = withSnapshots(disk, 30);
        disk.flip(file(30), position, 1);

        // when
        Node after = opened(disk, before.purged);
        long restored = after.applied;
        after.apply(12);
        after.runTasks();

        // then: the damaged one goes with the next
        assertThat(restored).isEqualTo(20);
        assertThat(after.machine.digest()).isEqualTo(DigestMachine.digestAt(32));
        assertThat(after.files()).hasSize(2).contains(file(20));
        disk.restart();
        assertThat(opened(disk, after.purged).applied).isEqualTo(30);
    }

    @Test
    void shouldFallBackWhenTheNewestSnapshotIsCutOff() throws IOException {
        for (int bytes : new int[] {0, 1, 27, 28, 5000}) {
            FaultyDisk cut = new FaultyDisk(bytes);
            Node before = withSnapshots(cut, 30);
            cut.put(file(30), Arrays.copyOf(cut.content(file(30)), bytes));

            assertThat(opened(cut, before.purged).applied).isEqualTo(20);
        }
    }

    @Test
    void shouldFallBackToTheLogAloneWhenItIsWhole() throws IOException {
        // given
        withSnapshots(disk, 10);
        disk.flip(file(10), 50, 1);

        // when, then
        assertThat(opened(disk, NOTHING).applied).isZero();
    }

    @Test
    void shouldRefuseANodeWhoseLogDoesNotReachBackToTheOlderSnapshot() throws IOException {
        // given
        withSnapshots(disk, 30);
        disk.flip(file(30), 50, 1);

        // when, then: it says which file and what to do, and changes nothing
        assertIsRefused(OptionalLong.of(22), file(30).toString(), "begins at entry 22", "Copy the newest snapshot");
        assertIsRefused(OptionalLong.empty(), file(30).toString(), "has no entries");
    }

    @Test
    void shouldRefuseANodeWhenAllSnapshotsAreDamagedOrGone() throws IOException {
        // given
        withSnapshots(disk, 30);
        disk.flip(file(20), 50, 1);
        disk.flip(file(30), 50, 1);

        // when, then
        assertIsRefused(OptionalLong.of(21), file(30).toString(), "there is no other snapshot");
        disk.delete(file(20));
        disk.delete(file(30));
        assertIsRefused(OptionalLong.of(21), "missing in " + DIRECTORY);
    }

    @Test
    void shouldStartWithASnapshotOfAnotherNodeInThePlaceOfADamagedOne() throws IOException {
        // given
        withSnapshots(disk, 30);
        disk.flip(file(30), 50, 1);
        FaultyDisk other = new FaultyDisk(8);
        withSnapshots(other, 50);

        // when: as the error says
        disk.put(file(50), other.content(file(50)));

        // then
        assertThat(opened(disk, 25).machine.digest()).isEqualTo(DigestMachine.digestAt(50));
    }

    private void assertIsRefused(OptionalLong logStart, String... words) throws IOException {
        List<Path> before = disk.list(DIRECTORY);
        MachineSnapshots snapshots = new MachineSnapshots(
                new DigestMachine(0), "the test", disk, SnapshotSettings.defaults(), Runnable::run);
        assertThatThrownBy(() -> snapshots.open(DIRECTORY, logStart, index -> {}))
                .isInstanceOf(DamagedSnapshotException.class)
                .hasMessageContainingAll(words);
        assertThat(disk.list(DIRECTORY)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Unsynced.class)
    void shouldSurviveAPowerCutAtEveryChange(Unsynced unsynced) throws IOException {
        int death = 0;
        boolean isKilled = true;
        while (isKilled) {
            death++;
            FaultyDisk dying = new FaultyDisk(death);
            Node node = withSnapshots(dying, 20);
            long durable = 20;
            dying.killAfter(death);
            for (int i = 0; i < 3 && !dying.isDead(); i++) {
                node.apply(EVERY);
                node.runTasks();
                durable = dying.isDead() ? durable : node.applied;
            }
            isKilled = dying.isDead();
            dying.powerCut(unsynced);

            assertIsWhole(dying, node.purged, durable, "death at change " + death);
        }
        assertThat(death).isGreaterThan(15);
    }

    @Test
    void shouldSurviveManyKillsAndPowerCuts() throws IOException {
        for (long seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            FaultyDisk faulty = new FaultyDisk(seed);
            long durable = 0;
            long purged = NOTHING;
            for (int life = 0; life < 8; life++) {
                Node node = node(faulty);
                node.open(purged);
                assertThat(node.applied).as("seed %d, life %d", seed, life).isGreaterThanOrEqualTo(durable);
                assertThat(node.machine.digest())
                        .as("seed %d, life %d", seed, life)
                        .isEqualTo(DigestMachine.digestAt(node.applied));
                faulty.killAfter(1 + random.nextInt(40));
                for (int i = 0; i < 6 && !faulty.isDead(); i++) {
                    node.apply(1 + random.nextInt(15));
                    node.runTasks();
                    TermIndex latest = node.snapshots.latest();
                    durable = latest == null ? durable : latest.getIndex();
                    if (!faulty.isDead()) {
                        assertThat(node.files()).as("seed %d", seed).hasSizeLessThanOrEqualTo(2);
                    }
                }
                purged = node.purged;
                if (random.nextInt(3) == 0) {
                    faulty.restart();
                } else {
                    faulty.powerCut(UNSYNCED.get(random.nextInt(UNSYNCED.size())));
                }
            }
        }
    }

    /** Starts with what was durable, and still would if the newest snapshot were damaged. */
    private static void assertIsWhole(FaultyDisk disk, long purged, long durable, String when) throws IOException {
        Node after = opened(disk, purged);
        assertThat(after.applied).as(when).isGreaterThanOrEqualTo(durable);
        assertThat(after.machine.digest()).as(when).isEqualTo(DigestMachine.digestAt(after.applied));
        disk.flip(file(after.applied), 100, 1);
        Node fallenBack = opened(disk, purged);
        assertThat(fallenBack.machine.digest()).as(when).isEqualTo(DigestMachine.digestAt(fallenBack.applied));
    }
}
