package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Partitions that have lost their majority for good, while the metadata has its own. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ForceRecoveryIT {
    @TempDir
    Path directory;

    private static ThreeNodes fiveNodes(Path directory) throws Exception {
        ThreeNodes nodes = new ThreeNodes(directory);
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

    private static void awaitLeaderless(ThreeNodes nodes, PartitionId id, int asked, List<Integer> replicas) {
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> nodes.node(asked)
                        .partitionQuorum(id, replicas)
                        .get(60, TimeUnit.SECONDS)
                        .leader()
                        .isEmpty());
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
            assertThat(refusal(nodes, 4, id, replicas)).endsWith("leads it");
            nodes.awaitHighWatermark(1, id, 10);
            nodes.stop(2);
            nodes.stop(3);
            awaitLeaderless(nodes, id, 4, replicas);
            assertThat(refusal(nodes, 4, id, replicas)).contains("node 2 does not answer");
            giveUp(nodes, 2);
            assertThat(refusal(nodes, 4, id, replicas)).contains("node 3 does not answer");
            giveUp(nodes, 3);

            // when
            PartitionQuorum quorum = nodes.node(4).partitionQuorum(id, replicas).get(60, TimeUnit.SECONDS);
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
            nodes.stop(1);
            TestPartitions.append(nodes, id, 20, 30);
            nodes.awaitHighWatermark(2, id, 30);
            nodes.stop(3);
            nodes.stop(4);
            nodes.start(1);
            giveUp(nodes, 3);
            giveUp(nodes, 4);
            awaitLeaderless(nodes, id, 5, replicas);

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
