package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.codahale.metrics.MetricRegistry;
import io.oarlog.log.Disk;
import io.oarlog.raft.ReplicaLook.Follower;
import io.oarlog.raft.ReplicaLook.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class WatchdogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final PartitionId ONE = new PartitionId(UUID.randomUUID(), "one", 0);
    private static final PartitionId OTHER = new PartitionId(UUID.randomUUID(), "other", 0);
    private static final RaftPeerId FOLLOWER = RaftPeerId.valueOf("2");

    @TempDir
    Path directory;

    private final FakeReplicas replicas = new FakeReplicas();
    private final MetricRegistry metrics = new MetricRegistry();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Watchdog.class);
    private long nowNanos;
    private Watchdog watchdog;

    @BeforeEach
    void begin() {
        lines.start();
        logger.setLevel(Level.WARN);
        logger.addAppender(lines);
        logger.setAdditive(false);
        watchdog = new Watchdog(
                replicas,
                new Evidence(Disk.system(), directory, () -> nowNanos / 1_000_000),
                new RaftMetrics(metrics),
                new Patience(PATIENCE),
                () -> nowNanos,
                Runnable::run);
    }

    @AfterEach
    void end() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
    }

    /** What a node has, as the test says, and what was done to it. Confined to the test's thread. */
    private static final class FakeReplicas implements Watchdog.Replicas {
        private final Map<RaftGroupId, ReplicaLook> looks = new LinkedHashMap<>();
        private final List<RaftGroupId> restarted = new ArrayList<>();
        private final List<RaftPeerId> sentAnew = new ArrayList<>();
        private CompletableFuture<Void> restart = CompletableFuture.completedFuture(null);

        void put(ReplicaLook look) {
            looks.put(look.group(), look);
        }

        @Override
        public List<ReplicaLook> look() {
            return List.copyOf(looks.values());
        }

        @Override
        public CompletableFuture<Void> restart(RaftGroupId group) {
            restarted.add(group);
            return restart;
        }

        @Override
        public void sendAnew(RaftGroupId group, RaftPeerId follower) {
            sentAnew.add(follower);
        }
    }

    private static ReplicaLook replica(PartitionId id, State state) {
        return replica(id, state, 100, 100, false, List.of());
    }

    /** A follower that has applied so much of what its leader has committed. */
    private static ReplicaLook follower(PartitionId id, long applied, long committed) {
        return replica(id, State.RUNNING, applied, committed, false, List.of());
    }

    private static ReplicaLook leader(PartitionId id, Follower follower) {
        return replica(id, State.RUNNING, 100, 100, false, List.of(follower));
    }

    private static ReplicaLook replica(
            PartitionId id, State state, long applied, long committed, boolean isAtDisk, List<Follower> followers) {
        return look(GroupIds.of(id), Optional.of(id), state, applied, committed, isAtDisk, followers);
    }

    private static ReplicaLook look(
            RaftGroupId group,
            Optional<PartitionId> id,
            State state,
            long applied,
            long committed,
            boolean isAtDisk,
            List<Follower> followers) {
        return new ReplicaLook(
                group,
                id,
                state,
                followers.isEmpty() ? "FOLLOWER" : "LEADER",
                state.name(),
                7,
                applied,
                applied,
                applied,
                isAtDisk,
                followers.isEmpty() ? OptionalLong.of(committed) : OptionalLong.empty(),
                HeardCommits.NOT_ASKED,
                followers);
    }

    private static Follower behind(long match, long next, boolean isExpected) {
        return new Follower(FOLLOWER, match, next, 100 - match, isExpected);
    }

    private void pass(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            nowNanos += Duration.ofSeconds(1).toNanos();
            watchdog.look();
        }
    }

    private long count(String name) {
        return metrics.counter("raft.watchdog." + name).getCount();
    }

    private List<ILoggingEvent> lines(Level level) {
        return lines.list.stream().filter(line -> line.getLevel() == level).toList();
    }

    private static Map<String, Object> values(ILoggingEvent line) {
        return line.getKeyValuePairs().stream().collect(Collectors.toMap(pair -> pair.key, pair -> pair.value));
    }

    private long evidenceFiles() throws IOException {
        Path evidence = directory.resolve("evidence");
        if (!Files.exists(evidence)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(evidence)) {
            return files.count();
        }
    }

    @Test
    void shouldStartAStoppedReplicaAnewAndNoOther() throws IOException {
        // given
        replicas.put(replica(ONE, State.STOPPED));
        replicas.put(follower(OTHER, 100, 100));

        // when
        pass(Duration.ofSeconds(12));

        // then: once, with a line that says what was seen and where more is
        assertThat(replicas.restarted).containsExactly(GroupIds.of(ONE));
        assertThat(count("replica-restarts")).isEqualTo(1);
        assertThat(lines(Level.WARN)).hasSize(1);
        Map<String, Object> values = values(lines(Level.WARN).get(0));
        assertThat(values)
                .containsEntry("partition", ONE.toString())
                .containsEntry("role", "FOLLOWER")
                .containsEntry("term", 7L)
                .containsEntry("lifeCycle", "STOPPED")
                .containsEntry("applied", 100L)
                .containsEntry("flushed", 100L)
                .containsEntry("stoodSeconds", 10L)
                .containsEntry("attempt", 1);
        assertThat(Path.of(String.valueOf(values.get("evidence")))).exists();
        assertThat(evidenceFiles()).isEqualTo(1);
    }

    @Test
    void shouldNotTouchWhatOthersHaveInHandOrIsFenced() throws IOException {
        replicas.put(replica(ONE, State.IN_HAND));
        pass(Duration.ofHours(3));
        assertThat(replicas.restarted).isEmpty();
        assertThat(evidenceFiles()).isZero();
        assertThat(watchdog.leftAlone()).isEmpty();
    }

    @Test
    void shouldNotOpenWhatWasNotOpenBefore() {
        replicas.put(replica(ONE, State.GONE));
        pass(Duration.ofHours(3));
        assertThat(replicas.restarted).isEmpty();
    }

    @Test
    void shouldTryAgainWhatCouldNotBeOpenedByARestart() {
        // given
        replicas.put(replica(ONE, State.STOPPED));
        pass(Duration.ofSeconds(12));

        // when
        replicas.put(replica(ONE, State.GONE));
        pass(Duration.ofSeconds(75));

        // then
        assertThat(replicas.restarted).hasSize(2);
    }

    @Test
    void shouldLeaveAReplicaAloneAfterFiveRestartsWithOneLineThatSaysWhatToDo() {
        // given
        replicas.put(replica(ONE, State.STOPPED));

        // when
        pass(Duration.ofHours(5));

        // then
        assertThat(replicas.restarted).hasSize(Escalation.MAX_RESTARTS);
        assertThat(lines(Level.ERROR)).hasSize(1);
        assertThat(lines(Level.ERROR).get(0).getFormattedMessage()).contains("restart this process, or replace");
        assertThat(watchdog.leftAlone()).containsExactly(ONE);
        assertThat(count("left-alone")).isEqualTo(1);

        // and: until it goes on, or is not hosted any more
        replicas.put(follower(ONE, 100, 100));
        pass(Duration.ofSeconds(1));
        assertThat(watchdog.leftAlone()).isEmpty();
        assertThat(count("left-alone")).isZero();
    }

    @Test
    void shouldForgetAReplicaThatIsNotHostedAnyMore() {
        replicas.put(replica(ONE, State.STOPPED));
        pass(Duration.ofHours(5));
        replicas.looks.clear();
        pass(Duration.ofSeconds(1));
        assertThat(watchdog.leftAlone()).isEmpty();
        assertThat(count("left-alone")).isZero();
    }

    @Test
    void shouldStartAFollowerAnewThatHearsOfCommitsAndDoesNotApplyThem() {
        // given: others do what the leader says
        replicas.put(follower(ONE, 100, 200));
        replicas.put(follower(OTHER, 200, 200));

        // when: a leader has twice the patience before
        pass(Duration.ofSeconds(60));
        assertThat(replicas.restarted).isEmpty();
        pass(Duration.ofSeconds(3));

        // then
        assertThat(replicas.restarted).containsExactly(GroupIds.of(ONE));
        assertThat(values(lines(Level.WARN).get(0))).containsEntry("behind", 100L);
    }

    @Test
    void shouldNotTouchAFollowerThatGoesOnThoughFarBehind() {
        for (long applied = 0; applied < 1_000; applied++) {
            replicas.put(follower(ONE, applied, 1_000_000));
            pass(Duration.ofSeconds(5));
        }
        assertThat(replicas.restarted).isEmpty();
    }

    @Test
    void shouldNotCloseAReplicaInTheMidstOfItsFsync() {
        // given
        replicas.put(replica(ONE, State.RUNNING, 100, 200, true, List.of()));

        // when
        pass(Duration.ofHours(1));

        // then
        assertThat(replicas.restarted).isEmpty();
        assertThat(lines(Level.ERROR)).hasSize(1);
        assertThat(lines(Level.ERROR).get(0).getFormattedMessage()).contains("waits for its disk");
        assertThat(watchdog.leftAlone()).containsExactly(ONE);
    }

    @Test
    void shouldTellOfACloseThatNeverEnds() {
        replicas.put(replica(ONE, State.CLOSING));
        pass(Duration.ofHours(1));
        assertThat(replicas.restarted).isEmpty();
        assertThat(lines(Level.ERROR)).hasSize(1);
        assertThat(watchdog.leftAlone()).containsExactly(ONE);
    }

    @Test
    void shouldTellOfARestartThatNeverEndsAndBeginNoMoreThanTwo() {
        // given
        replicas.restart = new CompletableFuture<>();
        for (int i = 0; i < 5; i++) {
            replicas.put(replica(new PartitionId(UUID.randomUUID(), "t", i), State.STOPPED));
        }

        // when
        pass(Duration.ofHours(1));

        // then
        assertThat(replicas.restarted).hasSize(2);
        assertThat(lines(Level.ERROR)).hasSize(2);
        assertThat(lines(Level.ERROR).get(0).getFormattedMessage()).contains("does not come to its end");
        assertThat(watchdog.leftAlone()).hasSize(2);
    }

    @Test
    void shouldGoOnWithOthersWhenARestartHasEnded() {
        // given
        replicas.restart = new CompletableFuture<>();
        for (int i = 0; i < 3; i++) {
            replicas.put(replica(new PartitionId(UUID.randomUUID(), "t", i), State.STOPPED));
        }
        pass(Duration.ofSeconds(20));

        // when
        replicas.restart.complete(null);
        pass(Duration.ofSeconds(3));

        // then
        assertThat(replicas.restarted).doesNotHaveDuplicates().hasSize(3);
    }

    @Test
    void shouldGiveTheMetadataTimeToFindOutThatItWasRemoved() {
        // given
        replicas.put(look(GroupIds.METADATA, Optional.empty(), State.STOPPED, 1, 1, false, List.of()));

        // when
        pass(Duration.ofSeconds(60));
        assertThat(replicas.restarted).isEmpty();
        pass(Duration.ofSeconds(3));

        // then
        assertThat(replicas.restarted).containsExactly(GroupIds.METADATA);
    }

    @Test
    void shouldSendAnewWhatAFollowerMissesThatAnswersAndTakesNothing() {
        // given
        replicas.put(leader(ONE, behind(40, 101, true)));

        // when
        pass(Duration.ofSeconds(33));

        // then: nothing is done to the leader itself
        assertThat(replicas.sentAnew).containsExactly(FOLLOWER);
        assertThat(replicas.restarted).isEmpty();
        assertThat(count("sent-anew")).isEqualTo(1);
        assertThat(values(lines(Level.WARN).get(0)))
                .containsEntry("follower", FOLLOWER)
                .containsEntry("match", 40L)
                .containsEntry("next", 101L)
                .containsEntry("missing", 60L)
                .containsEntry("role", "LEADER")
                .containsEntry("stoodSeconds", 30L);
    }

    @Test
    void shouldDoNothingForAFollowerThatIsAwayOrShortOfSpaceOrCopies() {
        replicas.put(leader(ONE, behind(40, 101, false)));
        pass(Duration.ofHours(3));
        assertThat(replicas.sentAnew).isEmpty();
    }

    @Test
    void shouldDoNothingForAFollowerThatTakesEntries() {
        for (long match = 0; match < 90; match++) {
            replicas.put(leader(ONE, behind(match, 100, true)));
            pass(Duration.ofSeconds(20));
        }
        assertThat(replicas.sentAnew).isEmpty();
    }

    @Test
    void shouldDoNothingWhileALeaderLooksForWhereTheLogsPart() {
        for (long next = 100; next > 10; next--) {
            replicas.put(leader(ONE, behind(-1, next, true)));
            pass(Duration.ofSeconds(20));
        }
        assertThat(replicas.sentAnew).isEmpty();
    }

    @Test
    void shouldSendAnewWhenTheNextEntryGoesToAndFro() {
        for (int i = 0; i < 40; i++) {
            replicas.put(leader(ONE, behind(40, i % 2 == 0 ? 41 : 60, true)));
            pass(Duration.ofSeconds(1));
        }
        assertThat(replicas.sentAnew).hasSize(1);
    }

    @Test
    void shouldLeaveAFollowerAloneInTheEndWhichIsNotThisNodesFault() {
        replicas.put(leader(ONE, behind(40, 101, true)));
        pass(Duration.ofHours(5));
        assertThat(replicas.sentAnew).hasSize(Escalation.MAX_RESTARTS);
        assertThat(lines(Level.ERROR)).hasSize(1);
        assertThat(lines(Level.ERROR).get(0).getFormattedMessage()).contains("restart that node");
        assertThat(watchdog.leftAlone()).isEmpty();
    }
}
