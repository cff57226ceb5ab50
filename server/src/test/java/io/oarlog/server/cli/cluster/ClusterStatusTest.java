package io.oarlog.server.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.client.BrokerDescription;
import io.oarlog.client.ClusterDescription;
import io.oarlog.client.PartitionDescription;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClusterStatusTest {
    private static final List<Integer> ALL = List.of(1, 2, 3);

    @Test
    void shouldBeHealthyWhenAllAnswerAndNothingLacks() {
        ClusterStatus status = ClusterStatus.of(
                cluster(2, 1, 2, 3), answers(2, 1, 2, 3), List.of(partition(0, 1, ALL), partition(1, 1, ALL)));

        assertThat(status.healthy()).isTrue();
        assertThat(status.verdict())
                .isEqualTo("healthy: 3 nodes answer, 2 partitions have a leader and all their replicas");
        assertThat(status.nodes())
                .containsExactly(
                        new NodeStatus(1, "h1:9092", "up", 2, 2, 2),
                        new NodeStatus(2, "h2:9092", "up", 2, 0, 2),
                        new NodeStatus(3, "h3:9092", "up", 2, 0, 2));
    }

    @Test
    void shouldKnowANodeThatIsGoneByItsReplicas() {
        ClusterStatus status = ClusterStatus.of(
                cluster(2, 1, 2),
                answers(2, 1, 2),
                List.of(partition(0, 1, List.of(1, 2)), partition(1, 2, List.of(1, 2))));

        assertThat(status.healthy()).isFalse();
        assertThat(status.verdict()).isEqualTo("degraded: node 3 is down; 2 of 2 partitions under-replicated");
        assertThat(status.nodes()).contains(new NodeStatus(3, null, "down", null, 0, 2));
        assertThat(status.underReplicatedPartitions()).isEqualTo(2);
    }

    /** Those that are left go on telling of the others when there is no majority to say that they are gone. */
    @Test
    void shouldNotBelieveThatANodeIsUpWhichDoesNotAnswer() {
        ClusterStatus status = ClusterStatus.of(
                cluster(2, 1, 2, 3), answers(-1, 1), List.of(partition(0, PartitionDescription.NO_LEADER, ALL)));

        assertThat(status.verdict())
                .isEqualTo("degraded: nodes 2, 3 do not answer; node 1 knows no leader of the metadata;"
                        + " 1 of 1 partitions without leader");
        assertThat(status.partitions().get(0).leaderEpoch()).isNull();
    }

    private static ClusterDescription cluster(int controller, int... ids) {
        return new ClusterDescription(
                "id",
                controller,
                IntStream.of(ids)
                        .mapToObj(id -> new BrokerDescription(id, "h" + id, 9092, null))
                        .toList());
    }

    private static Map<Integer, ClusterDescription> answers(int controller, int... ids) {
        return IntStream.of(ids)
                .boxed()
                .collect(Collectors.toMap(id -> id, id -> cluster(controller, ids), (a, b) -> a, TreeMap::new));
    }

    private static PartitionStatus partition(int number, int leader, List<Integer> inSync) {
        return PartitionStatus.of("t", new PartitionDescription(number, leader, 5, ALL, inSync));
    }
}
