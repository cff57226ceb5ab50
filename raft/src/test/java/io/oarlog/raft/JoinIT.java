package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that come later, come back with an empty disk, or were removed. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class JoinIT {
    private static final Duration LONG_ENOUGH_FOR_AN_ELECTION = Duration.ofSeconds(3);

    @TempDir
    Path directory;

    private long sum;

    /** Until it is done, whoever leads. */
    private void submit(ThreeNodes nodes, int from, long number) {
        sum += number;
        await().atMost(ThreeNodes.LIMIT).until(() -> {
            try {
                ByteBuffer result = nodes.node(from)
                        .metadataLog()
                        .submit(ByteBuffer.allocate(8).putLong(0, number))
                        .get(60, TimeUnit.SECONDS);
                assertThat(result.getLong()).isEqualTo(sum);
                return true;
            } catch (ExecutionException e) {
                // It may be done or not: the sum tells.
                return nodes.register(from).sum() == sum;
            }
        });
    }

    private void awaitApplied(ThreeNodes nodes, int node) {
        await().atMost(ThreeNodes.LIMIT).until(() -> nodes.register(node).sum() == sum);
    }

    private static void awaitKnown(ThreeNodes nodes, Integer... members) {
        for (RaftNode node : nodes.running()) {
            await().atMost(ThreeNodes.LIMIT)
                    .untilAsserted(() -> assertThat(node.nodes().keySet()).containsExactly(members));
        }
    }

    /** As brokers do it, for a partition whose nodes stay. */
    private static void replaceFormerMembers(ThreeNodes nodes, PartitionId id) {
        changeMembers(nodes, id, ThreeNodes.ALL);
    }

    private static void changeMembers(ThreeNodes nodes, PartitionId id, List<Integer> target) {
        await().atMost(ThreeNodes.LIMIT).until(() -> {
            RaftNode leader = nodes.node(nodes.awaitLeader(id));
            try {
                return leader.changeMembers(id, target).get(60, TimeUnit.SECONDS) && !leader.hasFormerMembers(id);
            } catch (ExecutionException | TimeoutException e) {
                return false;
            }
        });
    }

    @Test
    void shouldBeginAClusterWhenAllItsNodesAreThere() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            submit(nodes, 1, 5);
            ThreeNodes.ALL.forEach(node -> awaitApplied(nodes, node));
            for (int node : ThreeNodes.ALL) {
                nodes.stop(node);
                nodes.emptyDisk(node);
            }
            sum = 0;

            // when
            nodes.start(2);
            nodes.start(3);

            // then: one that is missing might have been a member of a cluster
            await().during(LONG_ENOUGH_FOR_AN_ELECTION)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.node(2).metadataLeader().isEmpty());
            nodes.start(1);
            submit(nodes, 3, 7);
            ThreeNodes.ALL.forEach(node -> awaitApplied(nodes, node));
        }
    }

    @Test
    void shouldTakeInANodeThatComesLater() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            submit(nodes, 1, 5);

            // when
            nodes.startNew(4);

            // then: it has what was there, and is asked for what comes
            awaitKnown(nodes, 1, 2, 3, 4);
            awaitApplied(nodes, 4);
            submit(nodes, 4, 6);
            PartitionId id = new PartitionId(UUID.randomUUID(), "orders", 0);
            for (int node : List.of(4, 2, 3)) {
                nodes.node(node).createPartition(id, List.of(4, 2, 3)).get(60, TimeUnit.SECONDS);
            }
            TestPartitions.append(nodes, id, 0, 10);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(4, id).leader().isLocal());

            // and: it is a member after a restart of all
            List.of(1, 2, 3, 4).forEach(nodes::stop);
            for (int node : List.of(4, 3, 2, 1)) {
                nodes.start(node);
            }
            awaitKnown(nodes, 1, 2, 3, 4);
            submit(nodes, 2, 3);
            awaitApplied(nodes, 4);
            TestPartitions.append(nodes, id, 10, 12);
            nodes.stop(3);
            submit(nodes, 1, 3);
            nodes.awaitHighWatermark(4, id, 12);
        }
    }

    @Test
    void shouldTakeANodeWithAnEmptyDiskForAnother() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, 10);
            submit(nodes, 1, 5);
            nodes.stop(2);
            nodes.emptyDisk(2);

            // when
            nodes.start(2);

            // then: it is not the one that has voted and acknowledged
            assertThat(nodes.node(2).name()).startsWith("2.");
            awaitApplied(nodes, 2);
            awaitKnown(nodes, 1, 2, 3);
            nodes.node(2).joinPartition(id).get(60, TimeUnit.SECONDS);
            replaceFormerMembers(nodes, id);
            nodes.awaitHighWatermark(2, id, 10);

            // and: with another node gone it counts, in both groups
            nodes.stop(3);
            TestPartitions.append(nodes, id, 10, 12);
            submit(nodes, 1, 6);
            awaitApplied(nodes, 2);
            nodes.awaitHighWatermark(2, id, 12);
            assertThat(nodes.segments(2, id)).isEqualTo(nodes.segments(1, id));

            // and: it goes on under its name
            String name = nodes.node(2).name();
            nodes.stop(2);
            nodes.start(2);
            assertThat(nodes.node(2).name()).isEqualTo(name);
            TestPartitions.append(nodes, id, 12, 13);
            submit(nodes, 2, 7);
        }
    }

    @Test
    void shouldNotJoinWhenItIsRefused() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            submit(nodes, 1, 5);
            ThreeNodes.ALL.forEach(node -> nodes.register(node).refuse("its disk may come back"));
            nodes.stop(2);
            nodes.emptyDisk(2);

            // when
            nodes.start(2);

            // then
            CompletableFuture<Throwable> failure = nodes.node(2).metadataFailure();
            assertThat(failure.get(60, TimeUnit.SECONDS)).hasMessageContaining("its disk may come back");
            assertThat(nodes.register(2).sum()).isZero();
        }
    }

    @Test
    void shouldEndWhenItWasRemoved() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            submit(nodes, 1, 5);
            nodes.stop(3);
            nodes.node(1).removeNode(3).get(60, TimeUnit.SECONDS);
            awaitKnown(nodes, 1, 2);
            submit(nodes, 2, 5);

            // when
            nodes.start(3);

            // then
            assertThat(nodes.node(3).metadataFailure().get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("node 3 was removed from the cluster");

            // and: as a new one it may come again
            nodes.stop(3);
            nodes.emptyDisk(3);
            nodes.start(3);
            awaitKnown(nodes, 1, 2, 3);
            awaitApplied(nodes, 3);
        }
    }

    /** Nobody could tell it at its start that there is a cluster. */
    @Test
    void shouldHaveToStartAgainWhenItWasEmptyAndTheOthersCameLater() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            submit(nodes, 1, 5);
            ThreeNodes.ALL.forEach(nodes::stop);
            nodes.emptyDisk(2);

            nodes.start(2);
            nodes.start(1);
            nodes.start(3);

            assertThat(nodes.node(2).metadataFailure().get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("start it again");
            nodes.stop(2);
            nodes.start(2);
            awaitApplied(nodes, 2);
            submit(nodes, 2, 6);
        }
    }

    /** Whose Raft log begins where the copy ended, and nobody writes: a replica that has all records has all that there is. */
    @Test
    void shouldBeFoundUnderAnotherAddressByALeaderThatWasCopied() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = nodes.create("idle");
            TestPartitions.append(nodes, id, 0, 3);
            nodes.awaitHighWatermark(3, id, 3);
            nodes.startNew(4);
            awaitKnown(nodes, 1, 2, 3, 4);
            nodes.node(4).joinPartition(id).get(60, TimeUnit.SECONDS);
            List<Integer> replicas = List.of(4, 2, 3);
            changeMembers(nodes, id, replicas);
            nodes.node(1).removePartition(id).get(60, TimeUnit.SECONDS);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(4, id).leader().isLocal());
            awaitAddressRemembered(nodes, 3);
            nodes.stop(3);

            // when
            nodes.readdress(3);
            nodes.start(3);
            changeMembers(nodes, id, replicas);

            // then
            await().atMost(ThreeNodes.LIMIT)
                    .untilAsserted(() -> assertThat(nodes.log(4, id).inSync()).containsExactlyInAnyOrder(2, 3, 4));
            TestPartitions.append(nodes, id, 3, 5);
            nodes.awaitHighWatermark(3, id, 5);
            assertThat(nodes.segments(3, id)).isEqualTo(nodes.segments(4, id));
            nodes.stop(3);
            nodes.start(3);
            nodes.awaitHighWatermark(3, id, 5);
            assertThat(nodes.segments(3, id)).isEqualTo(nodes.segments(4, id));
        }
    }

    @Test
    void shouldBeFoundUnderAnotherAddress() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = nodes.create("orders");
            TestPartitions.append(nodes, id, 0, 10);
            PartitionId idle = nodes.create("idle");
            TestPartitions.append(nodes, idle, 0, 3);
            nodes.awaitHighWatermark(2, idle, 3);
            submit(nodes, 1, 5);
            awaitAddressRemembered(nodes, 2);
            nodes.stop(2);
            TestPartitions.append(nodes, id, 10, 12);
            submit(nodes, 1, 6);

            // when
            nodes.readdress(2);
            nodes.start(2);

            // then
            awaitApplied(nodes, 2);
            for (RaftNode node : nodes.running()) {
                await().atMost(ThreeNodes.LIMIT)
                        .until(() -> nodes.address(2).equals(node.nodes().get(2)));
            }
            replaceFormerMembers(nodes, id);
            // Nobody sends it anything, and it has all that there is.
            replaceFormerMembers(nodes, idle);
            nodes.awaitHighWatermark(2, id, 12);

            // and: it counts, with what it had on its disk
            nodes.stop(3);
            TestPartitions.append(nodes, id, 12, 14);
            nodes.awaitHighWatermark(2, id, 14);
            assertThat(nodes.segments(2, id)).isEqualTo(nodes.segments(1, id));
            nodes.stop(2);
            nodes.start(2);
            submit(nodes, 2, 7);
            TestPartitions.append(nodes, id, 14, 15);
        }
    }

    /** Its other replica has no majority without it, and could not take it in under another name. */
    @Test
    void shouldNotStartUnderAnotherAddressWithAPartitionOfTwoReplicas() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = new PartitionId(UUID.randomUUID(), "two", 0);
            for (int node : List.of(1, 2)) {
                nodes.node(node).createPartition(id, List.of(1, 2)).get(60, TimeUnit.SECONDS);
            }
            TestPartitions.append(nodes, id, 0, 3);
            nodes.awaitHighWatermark(2, id, 3);
            submit(nodes, 1, 5);
            awaitAddressRemembered(nodes, 2);
            nodes.stop(2);
            RaftAddress before = nodes.address(2);
            nodes.readdress(2);

            // when, then
            assertThatThrownBy(() -> nodes.start(2))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("start it at the address that it had");
            nodes.readdress(2, before);
            nodes.start(2);
            TestPartitions.append(nodes, id, 3, 4);
        }
    }

    private static void awaitAddressRemembered(ThreeNodes nodes, int node) {
        Path file = nodes.dataDirectory(node).resolve("raft").resolve("address");
        await().atMost(ThreeNodes.LIMIT).until(() -> Files.exists(file));
    }

    /** Nobody goes on: then the settings tell. */
    @Test
    void shouldKeepItsNameWhenAllHaveOtherAddresses() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            submit(nodes, 1, 5);
            ThreeNodes.ALL.forEach(nodes::stop);
            nodes.readdressAll();
            for (int node : ThreeNodes.ALL) {
                nodes.start(node);
            }

            submit(nodes, 2, 7);
            ThreeNodes.ALL.forEach(node -> awaitApplied(nodes, node));
            assertThat(nodes.node(2).name()).isEqualTo("2");
        }
    }

    @Test
    void shouldNotRemoveANodeThatIsNotThere() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            submit(nodes, 1, 5);

            assertThatThrownBy(() -> nodes.node(1).removeNode(9).get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("node 9 is not among the cluster's nodes");
        }
    }
}
