package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.oarlog.log.FaultyDisk;
import io.oarlog.log.FaultyDisk.Unsynced;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** One node copies the snapshot of another; both have a disk of their own. Command number i has index i. */
class SnapshotInstallTest {
    private static final Path DIRECTORY = Path.of("/data/sm");
    private static final int SNAPSHOT_BYTES = 2 * SnapshotPiece.MAX_BYTES + 100;

    private final FaultyDisk leaderDisk = new FaultyDisk(1);
    private final DigestMachine leader = new DigestMachine(SNAPSHOT_BYTES);
    private MachineSnapshots leaderSnapshots;
    private long leaderApplied;

    private final FaultyDisk disk = new FaultyDisk(2);
    private final DigestMachine follower = new DigestMachine(SNAPSHOT_BYTES);
    private MachineSnapshots snapshots;
    private InstallNotifications notifications;
    private int asked;

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

    @BeforeEach
    void open() throws IOException {
        leaderSnapshots = opened(leader, leaderDisk);
        snapshots = opened(follower, disk);
        notifications = new InstallNotifications(snapshots, Runnable::run);
    }

    private static MachineSnapshots opened(DigestMachine machine, FaultyDisk disk) throws IOException {
        MachineSnapshots snapshots =
                new MachineSnapshots(machine, "the test", disk, new SnapshotSettings(1, 1, 0), Runnable::run);
        snapshots.open(DIRECTORY, OptionalLong.empty(), index -> {});
        return snapshots;
    }

    private void leaderApplies(int commands) {
        for (int i = 0; i < commands; i++) {
            leaderApplied++;
            leader.apply(leaderApplied);
            leaderSnapshots.onApplied(TermIndex.valueOf(3, leaderApplied), Long.BYTES);
        }
    }

    /** Through the bytes of the messages. */
    private SnapshotPiece ask(SnapshotPieceRequest request) throws IOException {
        asked++;
        ByteBuffer encoded = request.encode();
        assertThat(SnapshotPieceRequest.isRequest(encoded)).isTrue();
        return SnapshotPiece.decode(
                leaderSnapshots.read(SnapshotPieceRequest.decode(encoded)).encode());
    }

    @Test
    void shouldHaveTheLeadersState() throws IOException {
        // given
        leaderApplies(3);

        // when
        var installed = new SnapshotInstall(snapshots, this::ask, () -> true).run(0);
        snapshots.restoreLatest();

        // then
        assertThat(installed).contains(TermIndex.valueOf(3, 3));
        assertThat(snapshots.latest()).isEqualTo(TermIndex.valueOf(3, 3));
        assertThat(follower.digest()).isEqualTo(leader.digest());
        assertThat(asked).isEqualTo(3);
    }

    @Test
    void shouldTakeNothingFromALeaderThatHasNoSnapshotOrNothingNew() throws IOException {
        assertThat(new SnapshotInstall(snapshots, this::ask, () -> true).run(0)).isEmpty();
        leaderApplies(3);
        assertThat(new SnapshotInstall(snapshots, this::ask, () -> true).run(3)).isEmpty();
        assertThat(disk.list(DIRECTORY)).isEmpty();
    }

    @Test
    void shouldBeginAnewWhenTheLeaderHasDeletedTheSnapshot() throws IOException {
        // given
        leaderApplies(3);

        // when: the leader takes two more behind the first piece
        var installed = new SnapshotInstall(
                        snapshots,
                        request -> {
                            SnapshotPiece piece = ask(request);
                            if (asked == 1) {
                                leaderApplies(2);
                            }
                            return piece;
                        },
                        () -> true)
                .run(0);
        snapshots.restoreLatest();

        // then
        assertThat(installed).contains(TermIndex.valueOf(3, 5));
        assertThat(follower.digest()).isEqualTo(leader.digest());
        assertThat(disk.list(DIRECTORY))
                .containsExactly(SnapshotFile.in(DIRECTORY, 5).path());
    }

    @Test
    void shouldFinishThoughTheLeaderTakesOneMore() throws IOException {
        // given
        leaderApplies(3);

        // when
        var installed = new SnapshotInstall(
                        snapshots,
                        request -> {
                            SnapshotPiece piece = ask(request);
                            if (asked == 1) {
                                leaderApplies(1);
                            }
                            return piece;
                        },
                        () -> true)
                .run(0);

        // then
        assertThat(installed).contains(TermIndex.valueOf(3, 3));
    }

    @Test
    void shouldGiveUpOnALeaderThatIsAlwaysFaster() throws IOException {
        // given
        leaderApplies(3);

        // when, then
        assertThatThrownBy(() -> new SnapshotInstall(
                                snapshots,
                                request -> {
                                    SnapshotPiece piece = ask(request);
                                    leaderApplies(2);
                                    return piece;
                                },
                                () -> true)
                        .run(0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("faster");
    }

    @Test
    void shouldNotTakeWhatArrivesDamaged() throws IOException {
        // given
        leaderApplies(3);

        // when, then
        assertThatThrownBy(() -> new SnapshotInstall(
                                snapshots,
                                request -> {
                                    SnapshotPiece piece = ask(request);
                                    piece.bytes().put(77, (byte) ~piece.bytes().get(77));
                                    return piece;
                                },
                                () -> true)
                        .run(0))
                .isInstanceOf(DamagedSnapshotException.class);
        assertThat(disk.list(DIRECTORY)).isEmpty();
        assertThat(snapshots.latest()).isNull();
    }

    @Test
    void shouldGiveUpWhatIsNotWantedAnyMore() {
        // given
        leaderApplies(3);

        // when, then
        assertThatThrownBy(() -> new SnapshotInstall(snapshots, this::ask, () -> asked < 2).run(0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not wanted");
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void shouldNotShowACopyToRaftBeforeItIsRestored() throws IOException {
        // given
        leaderApplies(3);

        // when
        new SnapshotInstall(snapshots, this::ask, () -> true).run(0);

        // then
        assertThat(snapshots.ownLatest()).isNull();
        snapshots.restoreLatest();
        assertThat(snapshots.ownLatest()).isEqualTo(TermIndex.valueOf(3, 3));
    }

    @Test
    void shouldFailThoughItIsCopiedAndAnswerTheNextNotificationAtOnce() {
        // given
        leaderApplies(3);

        // when
        var first = notifyFromLeader("n2");

        // then
        assertThatThrownBy(first::join).hasMessageContaining("no failure: the snapshot at entry 3 is copied");
        assertThat(notifyFromLeader("n3")).isCompletedWithValue(TermIndex.valueOf(3, 3));
    }

    @Test
    void shouldTellRaftOfALeaderWithoutNewsWhenThatOneAsksAgain() {
        assertThatThrownBy(notifyFromLeader("n2")::join).hasMessageContaining("n2 has no newer snapshot");
        assertThat(notifyFromLeader("n2")).isCompletedWithValue(null);

        // when: it is asked once more, and then another one leads
        assertThatThrownBy(notifyFromLeader("n2")::join).hasMessageContaining("n2 has no newer snapshot");
        leaderApplies(1);

        // then
        assertThatThrownBy(notifyFromLeader("n3")::join).hasMessageContaining("entry 1 is copied");
    }

    @Test
    void shouldBeginAnewAfterACopyThatFailed() {
        // given
        leaderApplies(3);

        // when, then
        assertThatThrownBy(notifications.onNotification(RaftPeerId.valueOf("n2"), 0, () -> {
                    throw new IOException("no route");
                })::join)
                .hasMessageContaining("no route");
        assertThatThrownBy(notifyFromLeader("n2")::join).hasMessageContaining("is copied");
    }

    private CompletableFuture<@Nullable TermIndex> notifyFromLeader(String id) {
        return notifications.onNotification(
                RaftPeerId.valueOf(id), 0, () -> new SnapshotInstall(snapshots, this::ask, () -> true).run(0));
    }

    @ParameterizedTest
    @EnumSource(Unsynced.class)
    void shouldBeginAgainAfterADeathAtAnyChange(Unsynced unsynced) throws IOException {
        leaderApplies(3);
        int death = 0;
        boolean isKilled = true;
        while (isKilled) {
            // given: it has an older snapshot
            death++;
            FaultyDisk dying = new FaultyDisk(death);
            DigestMachine before = new DigestMachine(SNAPSHOT_BYTES);
            MachineSnapshots beforeSnapshots = opened(before, dying);
            before.apply(1);
            beforeSnapshots.onApplied(TermIndex.valueOf(3, 1), Long.BYTES);
            dying.killAfter(death);
            try {
                new SnapshotInstall(beforeSnapshots, this::ask, () -> true).run(1);
            } catch (IOException e) {
                assertThat(dying.isDead()).isTrue();
            }
            isKilled = dying.isDead();
            dying.powerCut(unsynced);

            // when
            DigestMachine after = new DigestMachine(SNAPSHOT_BYTES);
            MachineSnapshots afterSnapshots = opened(after, dying);
            long applied = afterSnapshots.restoreLatest().orElseThrow().getIndex();
            assertThat(applied).isIn(1L, 3L);
            new SnapshotInstall(afterSnapshots, this::ask, () -> true).run(applied);
            afterSnapshots.restoreLatest();

            // then
            assertThat(after.digest()).as("death at change %d", death).isEqualTo(leader.digest());
            assertThat(dying.list(DIRECTORY)).hasSize(2);
        }
        assertThat(death).isGreaterThan(6);
    }
}
