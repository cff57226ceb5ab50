package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.SharedMetricRegistries;
import io.oarlog.log.CountingDisk;
import io.oarlog.log.Disk;
import io.oarlog.log.FaultyDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.util.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that really do not go on, and take part again by themselves. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class WatchdogIT {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** In which a watchdog that errs would have done something. */
    private static final Duration SEVERAL_PATIENCES = Duration.ofSeconds(15);

    @TempDir
    Path directory;

    private ThreeNodes nodes() throws IOException {
        return nodes(node -> Disk.system());
    }

    private ThreeNodes nodes(IntFunction<Disk> disks) throws IOException {
        RaftSettings raft = ThreeNodes.quickElections().withPatience(PATIENCE);
        return new ThreeNodes(directory, disks, LogSettings.defaults(), 1, raft);
    }

    private static RaftPartition replica(ThreeNodes nodes, int node, PartitionId id) {
        return (RaftPartition) nodes.log(node, id);
    }

    private static RaftServer.Division division(RaftPartition replica) throws IOException {
        RaftServer server = replica.stateMachine().getServer().join();
        return server.getDivision(GroupIds.of(replica.id()));
    }

    private static WatchedTraffic traffic(RaftPartition replica) {
        RaftServer server = replica.stateMachine().getServer().join();
        return ((SpaceAwareRpc.Factory) server.getFactory()).traffic();
    }

    private static void append(ThreeNodes nodes, PartitionId id, int number) throws Exception {
        ByteBuffer batch = TestAppends.batch("value-" + number);
        assertThat(nodes.log(nodes.awaitLeader(id), id)
                        .append(batch, TestAppends.headers(batch))
                        .get(60, TimeUnit.SECONDS))
                .isInstanceOf(AppendOutcome.Appended.class);
    }

    private List<Path> evidence(ThreeNodes nodes, int node) throws IOException {
        Path evidence = nodes.dataDirectory(node).resolve(Evidence.DIRECTORY);
        if (!Files.exists(evidence)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(evidence)) {
            return files.toList();
        }
    }

    @Test
    void shouldHaveAReplicaTakePartAgainThatWasClosedInSilence() throws Exception {
        try (ThreeNodes nodes = nodes()) {
            // given
            PartitionId closed = nodes.create("closed");
            PartitionId other = nodes.create("other");
            int follower = nodes.awaitLeader(closed) == 1 ? 2 : 1;
            append(nodes, closed, 0);
            append(nodes, other, 0);
            nodes.awaitHighWatermark(follower, closed, 1);
            nodes.awaitHighWatermark(follower, other, 1);
            RaftPartition before = replica(nodes, follower, closed);
            RaftPartition untouched = replica(nodes, follower, other);

            // when
            division(before).close();
            append(nodes, closed, 1);

            // then
            nodes.awaitHighWatermark(follower, closed, 2);
            assertThat(replica(nodes, follower, closed)).isNotSameAs(before);
            assertThat(nodes.log(follower, closed).read(0, Integer.MAX_VALUE))
                    .isEqualTo(nodes.log(nodes.awaitLeader(closed), closed).read(0, Integer.MAX_VALUE));
            assertThat(replica(nodes, follower, other)).isSameAs(untouched);
            assertThat(division(untouched).getInfo().getLifeCycleState()).isEqualTo(LifeCycle.State.RUNNING);
            assertThat(evidence(nodes, follower))
                    .hasSize(1)
                    .allSatisfy(file -> assertThat(file.toString())
                            .contains(GroupIds.of(closed).getUuid().toString()));
            assertThat(nodes.node(follower).leftAlone()).isEmpty();
        }
    }

    @Test
    void shouldHaveAFollowerTakeEntriesAgainWhoseAppenderIsStuck() throws Exception {
        try (ThreeNodes nodes = nodes()) {
            // given
            PartitionId id = nodes.create("orders");
            int leader = nodes.awaitLeader(id);
            int follower = leader == 1 ? 2 : 1;
            append(nodes, id, 0);
            nodes.awaitHighWatermark(follower, id, 1);
            RaftPartition leading = replica(nodes, leader, id);
            RaftPartition following = replica(nodes, follower, id);
            // when: it waits for entries that there are none of, and sends heartbeats meanwhile
            FollowerInfo info = appender(leading, follower).getFollower();
            info.setNextIndex(division(leading).getRaftLog().getNextIndex() + 1_000);
            append(nodes, id, 1);
            assertThat(following.highWatermark()).isEqualTo(1);

            // then
            nodes.awaitHighWatermark(follower, id, 2);
            assertThat(nodes.awaitLeader(id)).isEqualTo(leader);
            assertThat(replica(nodes, leader, id)).isSameAs(leading);
            assertThat(replica(nodes, follower, id)).isSameAs(following);
            assertThat(evidence(nodes, leader)).hasSize(1);
            append(nodes, id, 2);
            nodes.awaitHighWatermark(follower, id, 3);
        }
    }

    private static FollowerAppender appender(RaftPartition leading, int follower) {
        return traffic(leading).appenders().of(GroupIds.of(leading.id())).stream()
                .filter(appender -> appender.getFollowerId().equals(RaftPeerId.valueOf(Integer.toString(follower))))
                .findFirst()
                .orElseThrow();
    }

    /** Holds up what applies one partition's entries, once. */
    private static final class HeldApply implements PartitionListener {
        private final CountDownLatch isHeld = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);

        @Override
        public void onHighWatermark(PartitionId partition, long highWatermark) {
            if (partition.topic().equals("held") && highWatermark == 2) {
                isHeld.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        @Override
        public void onLogStart(PartitionId partition, long logStartOffset) {
            // not looked at
        }

        @Override
        public void onLeaderChange(PartitionId partition, PartitionLeader leader) {
            // not looked at
        }
    }

    @Test
    void shouldStartAFollowerAnewThatAppliesNothingAndTellWhenThatTakesLong() throws Exception {
        HeldApply apply = new HeldApply();
        try (ThreeNodes nodes = nodes()) {
            // given: a follower that has all entries, and hears that they are committed
            PartitionId id = nodes.create("held");
            PartitionId other = nodes.create("other");
            int follower = nodes.awaitLeader(id) == 3 ? 2 : 3;
            append(nodes, id, 0);
            nodes.awaitHighWatermark(follower, id, 1);
            nodes.stop(follower);
            nodes.start(follower, apply);
            nodes.awaitHighWatermark(follower, id, 1);
            nodes.awaitHighWatermark(follower, other, 0);
            RaftPartition before = replica(nodes, follower, id);
            RaftPartition untouched = replica(nodes, follower, other);

            // when
            append(nodes, id, 1);
            append(nodes, id, 2);
            assertThat(apply.isHeld.await(60, TimeUnit.SECONDS)).isTrue();

            // then: its restart waits for what it applies just now, which the evidence shows
            await().atMost(ThreeNodes.LIMIT)
                    .untilAsserted(
                            () -> assertThat(nodes.node(follower).leftAlone()).containsExactly(id));
            assertThat(evidence(nodes, follower))
                    .anySatisfy(file -> assertThat(Files.readString(file)).contains("HeldApply.onHighWatermark"));

            // and
            apply.release.countDown();
            nodes.awaitHighWatermark(follower, id, 3);
            assertThat(replica(nodes, follower, id)).isNotSameAs(before);
            assertThat(replica(nodes, follower, other)).isSameAs(untouched);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.node(follower).leftAlone().isEmpty());
        } finally {
            apply.release.countDown();
        }
    }

    @Test
    void shouldLeaveAFencedReplicaFenced() throws Exception {
        Map<Integer, FaultyDisk> disks = new HashMap<>();
        try (ThreeNodes nodes = nodes(node -> disks.computeIfAbsent(node, FaultyDisk::new))) {
            // given
            PartitionId id = nodes.create("fenced");
            int follower = nodes.awaitLeader(id) == 1 ? 2 : 1;
            append(nodes, id, 0);
            nodes.awaitHighWatermark(follower, id, 1);
            RaftPartition before = replica(nodes, follower, id);
            long restarts = replicaRestarts();

            // when
            Objects.requireNonNull(disks.get(follower)).failForce(1);
            append(nodes, id, 1);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> before.isFenced()
                            && division(before).getInfo().getLifeCycleState() == LifeCycle.State.CLOSED);

            // then
            await().during(SEVERAL_PATIENCES)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.node(follower).partition(id.topicId(), 0).isEmpty());
            assertThat(division(before).getStateMachine()).isSameAs(before.stateMachine());
            assertThat(replicaRestarts()).isEqualTo(restarts);
            // and: whoever asks
            assertThat(before.leave(Duration.ofSeconds(1))).isFalse();
        }
    }

    /** To close it would fence it after some time, for good. */
    @Test
    void shouldTellOfAFollowerThatWaitsForItsDiskAndLetItWait() throws Exception {
        Map<Integer, GatedDisk> disks = new HashMap<>();
        try (ThreeNodes nodes =
                nodes(node -> disks.computeIfAbsent(node, absent -> new GatedDisk(CountingDisk::isSegment)))) {
            // given
            PartitionId id = nodes.create("slow");
            int follower = nodes.awaitLeader(id) == 1 ? 2 : 1;
            append(nodes, id, 0);
            nodes.awaitHighWatermark(follower, id, 1);
            RaftPartition before = replica(nodes, follower, id);
            GatedDisk disk = Objects.requireNonNull(disks.get(follower));
            long restarts = replicaRestarts();

            // when
            disk.close();
            try {
                append(nodes, id, 1);

                // then
                await().atMost(ThreeNodes.LIMIT)
                        .untilAsserted(() ->
                                assertThat(nodes.node(follower).leftAlone()).containsExactly(id));
            } finally {
                disk.open();
            }

            // and
            nodes.awaitHighWatermark(follower, id, 2);
            assertThat(replica(nodes, follower, id)).isSameAs(before);
            assertThat(before.isFenced()).isFalse();
            assertThat(replicaRestarts()).isEqualTo(restarts);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.node(follower).leftAlone().isEmpty());
        }
    }

    /** Of all nodes. */
    private static long replicaRestarts() {
        return SharedMetricRegistries.getOrCreate(RatisMetricsBridge.REGISTRY)
                .counter("raft.watchdog.replica-restarts")
                .getCount();
    }

    @Test
    void shouldEndTheNodeWhoseMetadataReplicaWasClosedInSilence() throws Exception {
        try (ThreeNodes nodes = nodes()) {
            // given
            PartitionId id = nodes.create("orders");
            nodes.awaitHighWatermark(2, id, 0);
            RaftServer server = replica(nodes, 2, id).stateMachine().getServer().join();
            CompletableFuture<Throwable> failure = nodes.node(2).metadataFailure();

            // when
            server.getDivision(GroupIds.METADATA).close();

            // then
            assertThat(failure.get(60, TimeUnit.SECONDS)).hasMessageContaining("does not go on");
            assertThat(nodes.node(1).metadataFailure()).isNotDone();
        }
    }
}
