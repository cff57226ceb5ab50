package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Partitions that have lost their majority for good, while the metadata has its own. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ForceRecoveryIT {
    private static final Duration LONG_ENOUGH_FOR_AN_ELECTION = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    private static ThreeNodes fiveNodes(Path directory) throws Exception {
        return fiveNodes(new ThreeNodes(directory));
    }

    private static ThreeNodes fiveNodes(ThreeNodes nodes) throws Exception {
        try {
            nodes.startNew(4);
            nodes.startNew(5);
            awaitKnown(nodes, 1, 2, 3, 4, 5);
            return nodes;
        } catch (RuntimeException | Error e) {
            nodes.close();
            throw e;
        }
    }

    private static void awaitKnown(ThreeNodes nodes, Integer... members) {
        for (RaftNode node : nodes.running()) {
            await().atMost(ThreeNodes.LIMIT)
                    .untilAsserted(() -> assertThat(node.nodes().keySet()).containsExactly(members));
        }
    }

    private static PartitionId create(ThreeNodes nodes, List<Integer> replicas) throws Exception {
        PartitionId id = new PartitionId(UUID.randomUUID(), "orders", 0);
        for (int node : replicas) {
            nodes.node(node).createPartition(id, replicas).get(60, TimeUnit.SECONDS);
        }
        return id;
    }

    /** The node has to be stopped. */
    private static void giveUp(ThreeNodes nodes, int node) {
        await().atMost(ThreeNodes.LIMIT).until(() -> {
            try {
                nodes.node(1).removeNode(node).get(60, TimeUnit.SECONDS);
                return true;
            } catch (ExecutionException e) {
                return !nodes.node(1).nodes().containsKey(node);
            }
        });
        for (RaftNode other : nodes.running()) {
            await().atMost(ThreeNodes.LIMIT).until(() -> !other.nodes().containsKey(node));
        }
    }

    private static String refusal(ThreeNodes nodes, int asked, PartitionId id, List<Integer> replicas)
            throws Exception {
        try {
            int survivor = nodes.node(asked).forceRecover(id, replicas).get(60, TimeUnit.SECONDS);
            return "node " + survivor + " leads alone";
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RecoveryRefusedException refused) {
                return String.valueOf(refused.getMessage());
            }
            throw e;
        }
    }

    private static void awaitRefusal(
            ThreeNodes nodes, PartitionId id, int asked, List<Integer> replicas, String words) {
        await().atMost(ThreeNodes.LIMIT)
                .untilAsserted(
                        () -> assertThat(refusal(nodes, asked, id, replicas)).contains(words));
    }

    /** What is left, when nobody takes itself for a follower of a leader that is gone, and all have heard who was given up. */
    private static PartitionQuorum awaitLost(ThreeNodes nodes, PartitionId id, int asked, List<Integer> replicas) {
        return await().atMost(ThreeNodes.LIMIT)
                .until(
                        () -> nodes.node(asked).partitionQuorum(id, replicas).get(60, TimeUnit.SECONDS),
                        quorum -> quorum.survivor().isPresent());
    }

    private static void changeMembers(ThreeNodes nodes, PartitionId id, List<Integer> target) {
        await().atMost(ThreeNodes.LIMIT).until(() -> {
            RaftNode leader = nodes.node(nodes.awaitLeader(id));
            try {
                return leader.changeMembers(id, target).get(60, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                return false;
            }
        });
    }

    @Test
    void shouldLeadAloneWhenTheOthersAreGivenUp() throws Exception {
        List<Integer> replicas = List.of(1, 2, 3);
        try (ThreeNodes nodes = fiveNodes(directory)) {
            // given
            PartitionId id = create(nodes, replicas);
            TestPartitions.append(nodes, id, 0, 10);
            // Leadership goes to the preferred replica meanwhile.
            awaitRefusal(nodes, id, 4, replicas, "leads it");
            nodes.awaitHighWatermark(1, id, 10);
            nodes.stop(2);
            nodes.stop(3);
            awaitRefusal(nodes, id, 4, replicas, "node 2 does not answer");
            giveUp(nodes, 2);
            awaitRefusal(nodes, id, 4, replicas, "node 3 does not answer");
            giveUp(nodes, 3);

            // when
            PartitionQuorum quorum = awaitLost(nodes, id, 4, replicas);
            int survivor = nodes.node(4).forceRecover(id, replicas).get(60, TimeUnit.SECONDS);

            // then
            assertThat(quorum.survivor()).hasValue(1);
            assertThat(quorum.replicas())
                    .filteredOn(PartitionQuorum.Replica::isGivenUp)
                    .extracting(PartitionQuorum.Replica::node)
                    .containsExactlyInAnyOrder(2, 3);
            assertThat(survivor).isEqualTo(1);
            assertThat(nodes.awaitLeader(id)).isEqualTo(1);
            assertThat(nodes.log(1, id).replicas()).containsExactly(1);
            TestPartitions.append(nodes, id, 10, 12);
            assertThat(refusal(nodes, 5, id, replicas)).isEqualTo("node 1 leads it");

            // and: it is so after a restart, and the others come again
            nodes.stop(1);
            nodes.start(1);
            assertThat(nodes.awaitLeader(id)).isEqualTo(1);
            for (int node : List.of(2, 3)) {
                nodes.emptyDisk(node);
                nodes.start(node);
                await().atMost(ThreeNodes.LIMIT)
                        .until(() -> nodes.node(1).nodes().containsKey(node));
                nodes.node(node).joinPartition(id).get(60, TimeUnit.SECONDS);
            }
            changeMembers(nodes, id, replicas);
            TestPartitions.append(nodes, id, 12, 14);
            nodes.stop(1);
            TestPartitions.append(nodes, id, 14, 15);
            nodes.awaitHighWatermark(2, id, 15);
            nodes.awaitHighWatermark(3, id, 15);
            assertThat(nodes.segments(2, id)).isEqualTo(nodes.segments(3, id));
        }
    }

    /** Their operator was wrong, or nobody told their machines: they elect each other, with a term that no one has had. */
    @Test
    void shouldGoOnWhenDisksThatWereGivenUpRunAgain() throws Exception {
        List<Integer> replicas = List.of(1, 2, 3);
        try (ThreeNodes nodes = fiveNodes(directory)) {
            // given
            PartitionId id = create(nodes, replicas);
            TestPartitions.append(nodes, id, 0, 10);
            nodes.awaitHighWatermark(1, id, 10);
            nodes.stop(2);
            nodes.stop(3);
            giveUp(nodes, 2);
            giveUp(nodes, 3);
            awaitLost(nodes, id, 4, replicas);
            nodes.node(4).forceRecover(id, replicas).get(60, TimeUnit.SECONDS);
            nodes.awaitHighWatermark(1, id, 10);
            TestPartitions.append(nodes, id, 10, 20);
            int epoch = nodes.log(1, id).leader().leaderEpoch();

            // when
            nodes.start(2);
            nodes.start(3);
            await().atMost(ThreeNodes.LIMIT).until(() -> {
                int rival = rival(nodes, id);
                if (rival != 0 && nodes.log(rival, id).leader().leaderEpoch() <= epoch) {
                    nodes.stop(rival);
                    nodes.start(rival);
                    return false;
                }
                return rival != 0;
            });

            // then
            await().during(LONG_ENOUGH_FOR_AN_ELECTION)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(1, id).leader().isLocal());
            assertThat(nodes.log(1, id).leader().leaderEpoch()).isEqualTo(epoch);
            nodes.stop(2);
            nodes.stop(3);
            TestPartitions.append(nodes, id, 20, 22);
        }
    }

    /** The one of 2 and 3 that leads; 0 while none does. */
    private static int rival(ThreeNodes nodes, PartitionId id) {
        return Stream.of(2, 3)
                .filter(node -> nodes.node(node)
                        .partition(id.topicId(), id.partition())
                        .map(log -> log.leader().isLocal())
                        .orElse(false))
                .findFirst()
                .orElse(0);
    }

    /** Nobody but those that were given up would vote for the other one, which does not know of the recovery. */
    @Test
    void shouldNotBeLedByTheOtherOneWithVotesOfDisksThatWereGivenUp() throws Exception {
        List<Integer> replicas = List.of(1, 2, 3, 4);
        try (ThreeNodes nodes = fiveNodes(directory)) {
            // given
            PartitionId id = create(nodes, replicas);
            TestPartitions.append(nodes, id, 0, 10);
            for (int node : replicas) {
                nodes.awaitHighWatermark(node, id, 10);
            }
            nodes.stop(3);
            nodes.stop(4);
            giveUp(nodes, 3);
            giveUp(nodes, 4);
            awaitLost(nodes, id, 5, replicas);
            int survivor = nodes.node(5).forceRecover(id, replicas).get(60, TimeUnit.SECONDS);
            int other = survivor == 1 ? 2 : 1;
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(survivor, id).leader().isLocal());
            TestPartitions.append(nodes, id, 10, 20);

            // when
            nodes.stop(survivor);
            nodes.stop(other);
            nodes.start(3);
            nodes.start(4);
            nodes.start(other);

            // then
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.node(other)
                            .partition(id.topicId(), id.partition())
                            .isPresent());
            await().during(LONG_ENOUGH_FOR_AN_ELECTION)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> !nodes.log(other, id).leader().isLocal());
            nodes.stop(3);
            nodes.stop(4);
            nodes.start(survivor);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(survivor, id).leader().isLocal());
            TestPartitions.append(nodes, id, 20, 22);
        }
    }

    @Test
    void shouldStayAsItIsWhenTheDiskDoesNotTakeIt() throws Exception {
        List<Integer> replicas = List.of(1, 2, 3);
        AtomicBoolean isRefusing = new AtomicBoolean();
        try (ThreeNodes nodes = fiveNodes(new ThreeNodes(
                directory, node -> node == 1 ? refusing(isRefusing) : Disk.system(), LogSettings.defaults()))) {
            // given
            PartitionId id = create(nodes, replicas);
            TestPartitions.append(nodes, id, 0, 10);
            nodes.awaitHighWatermark(1, id, 10);
            nodes.stop(2);
            nodes.stop(3);
            giveUp(nodes, 2);
            giveUp(nodes, 3);
            awaitLost(nodes, id, 4, replicas);

            // when
            isRefusing.set(true);
            assertThatThrownBy(() -> nodes.node(4).forceRecover(id, replicas).get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("no space");

            // then: it is open, and can be asked again
            isRefusing.set(false);
            awaitLost(nodes, id, 4, replicas);
            nodes.node(1).forceRecover(id, replicas).get(60, TimeUnit.SECONDS);
            nodes.awaitHighWatermark(1, id, 10);
            TestPartitions.append(nodes, id, 10, 12);
        }
    }

    private static Disk refusing(AtomicBoolean isRefusing) {
        return new ForwardingDisk(Disk.system()) {
            @Override
            public DiskFile open(Path path) throws IOException {
                if (isRefusing.get() && path.toString().contains("raft-meta.conf")) {
                    throw new IOException("no space");
                }
                return super.open(path);
            }
        };
    }

    /** Of four replicas two are left, one of which was away for the last records. */
    @Test
    void shouldHaveTheReplicaLeadThatHasTheMost() throws Exception {
        List<Integer> replicas = List.of(1, 2, 3, 4);
        try (ThreeNodes nodes = fiveNodes(directory)) {
            // given
            PartitionId id = create(nodes, replicas);
            TestPartitions.append(nodes, id, 0, 10);
            nodes.awaitHighWatermark(1, id, 10);
            nodes.stop(1);
            TestPartitions.append(nodes, id, 10, 20);
            nodes.awaitHighWatermark(2, id, 20);
            nodes.start(1);
            awaitKnown(nodes, 1, 2, 3, 4, 5);
            nodes.awaitHighWatermark(1, id, 20);
            // Else it sends the next ones to itself before it hears that another one is to lead.
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(1, id).leader().isLocal());
            nodes.stop(1);
            TestPartitions.append(nodes, id, 20, 30);
            nodes.awaitHighWatermark(2, id, 30);
            nodes.stop(3);
            nodes.stop(4);
            nodes.start(1);
            giveUp(nodes, 3);
            giveUp(nodes, 4);
            assertThat(awaitLost(nodes, id, 5, replicas).survivor()).hasValue(2);

            // when
            int survivor = nodes.node(5).forceRecover(id, replicas).get(60, TimeUnit.SECONDS);

            // then
            assertThat(survivor).isEqualTo(2);
            assertThat(nodes.awaitLeader(id)).isEqualTo(2);
            TestPartitions.append(nodes, id, 30, 32);

            // and: the other one, which knows the old members only, is taken in again
            changeMembers(nodes, id, List.of(1, 2));
            nodes.awaitHighWatermark(1, id, 32);
            assertThat(nodes.segments(1, id)).isEqualTo(nodes.segments(2, id));
            TestPartitions.append(nodes, id, 32, 33);
        }
    }
}
