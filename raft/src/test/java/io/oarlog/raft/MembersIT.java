package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promises 1 to 3 when a partition moves to other nodes. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MembersIT {
    private static final long PRODUCER = 7;

    @TempDir
    Path directory;

    private static PartitionId create(ThreeNodes nodes, List<Integer> replicas) throws Exception {
        PartitionId id = new PartitionId(UUID.randomUUID(), "orders", 0);
        for (int node : replicas) {
            nodes.node(node).createPartition(id, replicas).get(60, TimeUnit.SECONDS);
        }
        return id;
    }

    /** As a broker does it: whoever leads is asked for one step after another. */
    private static void move(ThreeNodes nodes, PartitionId id, List<Integer> target) {
        await().atMost(ThreeNodes.LIMIT).until(() -> step(nodes, id, target));
    }

    private static boolean step(ThreeNodes nodes, PartitionId id, List<Integer> target) throws InterruptedException {
        for (RaftNode node : nodes.running()) {
            boolean isLed = node.partition(id.topicId(), id.partition())
                    .filter(log -> log.leader().isLocal())
                    .isPresent();
            if (isLed) {
                try {
                    return node.changeMembers(id, target).get(60, TimeUnit.SECONDS);
                } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
                    return false; // the leader changes just now
                }
            }
        }
        return false;
    }

    @Test
    void shouldMoveToAnotherNodeWithAllThatItKnows() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), LogSettings.defaults())) {
            // given
            PartitionId id = create(nodes, List.of(1, 2));
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 0)).isEqualTo(new AppendOutcome.Appended(0, false));
            TestPartitions.append(nodes, id, 1, 20);

            // when
            nodes.node(3).joinPartition(id).get(60, TimeUnit.SECONDS);
            move(nodes, id, List.of(3, 2));
            nodes.node(1).removePartition(id).get(60, TimeUnit.SECONDS);

            // then: the new one is asked for each record, leads as it is preferred, and knows the producer
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(3, id).leader().isLocal());
            assertThat(nodes.log(3, id).replicas()).containsExactly(3, 2);
            assertThat(TestPartitions.appendAs(nodes, id, PRODUCER, 0)).isEqualTo(new AppendOutcome.Appended(0, true));
            TestPartitions.append(nodes, id, 20, 25);
            nodes.awaitHighWatermark(2, id, 25);
            assertThat(nodes.segments(3, id)).isEqualTo(nodes.segments(2, id));
            assertThat(TestPartitions.directory(nodes, 1, id)).doesNotExist();
        }
    }

    @Test
    void shouldComeBackAsItWasWhenAMoveIsTakenBack() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), LogSettings.defaults())) {
            // given: a move to a node that is not there
            PartitionId id = create(nodes, List.of(1, 2));
            TestPartitions.append(nodes, id, 0, 5);
            nodes.stop(3);
            int leader = nodes.awaitLeader(id);
            var step = nodes.node(leader).changeMembers(id, List.of(3, 2));

            // when: records are taken meanwhile
            TestPartitions.append(nodes, id, 5, 10);
            assertThat(step).failsWithin(ThreeNodes.LIMIT);

            // then
            move(nodes, id, List.of(1, 2));
            assertThat(nodes.log(nodes.awaitLeader(id), id).replicas()).containsExactlyInAnyOrder(1, 2);
            TestPartitions.append(nodes, id, 10, 11);
        }
    }

    /** The node that joined dies, and the one that led, before the move is done. */
    @Test
    void shouldGoOnWithAMoveWhoeverLeads() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), LogSettings.defaults())) {
            PartitionId id = create(nodes, List.of(1, 2));
            TestPartitions.append(nodes, id, 0, 5);
            nodes.node(3).joinPartition(id).get(60, TimeUnit.SECONDS);
            await().atMost(ThreeNodes.LIMIT).until(() -> {
                boolean isDone = step(nodes, id, List.of(3, 2));
                return isDone || nodes.log(2, id).replicas().contains(3);
            });
            nodes.stop(3);
            nodes.start(3);
            int leader = nodes.awaitLeader(id);
            nodes.stop(leader);
            nodes.start(leader);

            move(nodes, id, List.of(3, 2));

            nodes.node(1).removePartition(id).get(60, TimeUnit.SECONDS);
            TestPartitions.append(nodes, id, 5, 10);
            nodes.awaitHighWatermark(3, id, 10);
            nodes.awaitHighWatermark(2, id, 10);
        }
    }
}
