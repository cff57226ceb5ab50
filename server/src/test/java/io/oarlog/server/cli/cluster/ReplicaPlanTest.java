package io.oarlog.server.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ReplicaPlanTest {
    private static final int PARTITIONS = 30;

    /** Three replicas on three of the nodes, in turns. */
    private static Map<TopicPartition, List<Integer>> spread(List<Integer> nodes) {
        Map<TopicPartition, List<Integer>> replicas = new HashMap<>();
        for (int p = 0; p < PARTITIONS; p++) {
            List<Integer> of = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                of.add(nodes.get((p + i) % nodes.size()));
            }
            replicas.put(new TopicPartition("t", p), of);
        }
        return replicas;
    }

    private static long count(Collection<List<Integer>> replicas, int node) {
        return replicas.stream().filter(nodes -> nodes.contains(node)).count();
    }

    private static long leaders(Collection<List<Integer>> replicas, int node) {
        return replicas.stream().filter(nodes -> nodes.get(0) == node).count();
    }

    private static Map<TopicPartition, List<Integer>> after(
            Map<TopicPartition, List<Integer>> before, Map<TopicPartition, List<Integer>> moves) {
        Map<TopicPartition, List<Integer>> after = new HashMap<>(before);
        after.putAll(moves);
        after.values().forEach(nodes -> assertThat(new HashSet<>(nodes)).hasSize(3));
        return after;
    }

    @Test
    void shouldEmptyANodeEvenly() {
        // given
        Map<TopicPartition, List<Integer>> before = spread(List.of(1, 2, 3, 4, 5));

        // when
        Map<TopicPartition, List<Integer>> moves = new ReplicaPlan(before, Set.of(1, 2, 3, 4, 5)).without(2);

        // then: of 90 replicas and 30 leaders
        assertThat(moves).hasSize(18);
        Collection<List<Integer>> after = after(before, moves).values();
        assertThat(count(after, 2)).isZero();
        for (int node : List.of(1, 3, 4, 5)) {
            assertThat(count(after, node)).as("replicas of %d", node).isBetween(21L, 24L);
            assertThat(leaders(after, node)).as("leaders of %d", node).isBetween(6L, 9L);
        }
    }

    @Test
    void shouldGiveAnEmptyNodeItsShareAndLeaveAnEvenClusterAlone() {
        // given
        Map<TopicPartition, List<Integer>> before = spread(List.of(1, 2, 3));

        // when
        Map<TopicPartition, List<Integer>> moves = new ReplicaPlan(before, Set.of(1, 2, 3, 4)).sharedWith(4);

        // then: a quarter of 90 replicas, and of 30 leaders
        Map<TopicPartition, List<Integer>> after = after(before, moves);
        assertThat(count(after.values(), 4)).isBetween(20L, 23L);
        assertThat(leaders(after.values(), 4)).isBetween(5L, 9L);
        assertThat(new ReplicaPlan(after, Set.of(1, 2, 3, 4)).sharedWith(4)).isEmpty();
        assertThat(new ReplicaPlan(before, Set.of(1, 2, 3)).sharedWith(2)).isEmpty();
    }

    @Test
    void shouldSayWhenNoNodeIsLeftForAReplica() {
        assertThatThrownBy(() -> new ReplicaPlan(spread(List.of(1, 2, 3)), Set.of(1, 2, 3)).without(1))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("no other node could take");
    }
}
