package io.oarlog.server.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StopCheckTest {
    private static final List<Integer> ALL = List.of(1, 2, 3);

    @Test
    void shouldBeSafeWhenEachPartitionKeepsAMajorityInSync() {
        StopCheck check =
                StopCheck.of(status(ALL, partition(0, 1, ALL, ALL), partition(1, 2, ALL, List.of(2, 3))), 1, 3);

        assertThat(check.safe()).isTrue();
        assertThat(check.verdict()).isEqualTo("safe: node 1 can be stopped");
    }

    @Test
    void shouldNotBeSafeWhileAnotherReplicaCatchesUp() {
        StopCheck check = StopCheck.of(
                status(ALL, partition(0, 1, ALL, List.of(1, 2)), partition(1, 2, List.of(2, 3), List.of(2, 3))), 1, 3);

        assertThat(check.reasons()).containsExactly("partition t-0 without a majority in sync");
        assertThat(check.verdict())
                .isEqualTo("not safe: without node 1 there would be partition t-0 without a majority in sync");
    }

    @Test
    void shouldNotBeSafeWithoutAMajorityOfNodes() {
        StopCheck check = StopCheck.of(status(List.of(1, 2), partition(0, 1, ALL, ALL)), 2, 3);

        assertThat(check.reasons()).containsExactly("1 of 3 nodes up, 2 are needed");
    }

    @Test
    void shouldNotBeSafeWhenAPartitionHasNoLeaderOrNoOtherReplica() {
        StopCheck check = StopCheck.of(
                status(
                        ALL,
                        partition(0, null, ALL, ALL),
                        partition(1, 3, List.of(3), List.of(3)),
                        partition(2, 3, List.of(3), List.of(3)),
                        partition(3, 3, List.of(3), List.of(3)),
                        partition(4, 3, List.of(3), List.of(3))),
                3,
                3);

        assertThat(check.reasons())
                .containsExactly(
                        "partition t-0 without leader", "partitions t-1, t-2, t-3 and 1 more with no other replica");
    }

    private static PartitionStatus partition(
            int number, @Nullable Integer leader, List<Integer> replicas, List<Integer> inSync) {
        return new PartitionStatus("t", number, leader, leader == null ? null : 1, replicas, inSync);
    }

    private static ClusterStatus status(List<Integer> up, PartitionStatus... partitions) {
        List<NodeStatus> nodes = IntStream.rangeClosed(1, 3)
                .mapToObj(node -> new NodeStatus(
                        node, "h" + node + ":9092", up.contains(node) ? NodeStatus.UP : NodeStatus.DOWN, 1, 0, 0))
                .toList();
        return new ClusterStatus(true, "", "id", 1, 0, 0, nodes, Arrays.asList(partitions));
    }
}
