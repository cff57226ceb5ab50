package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PlacementTest {
    @Test
    void shouldSpreadLeadersAndReplicasEvenlyWithinATopic() {
        for (int seed = 0; seed < 1_000; seed++) {
            // given
            Random random = new Random(seed);
            int nodes = 1 + random.nextInt(5);
            int factor = 1 + random.nextInt(nodes);
            int partitions = 1 + random.nextInt(40);
            Placement placement = new Placement(() -> nodes(nodes), random);

            // when
            List<List<Integer>> replicas = placement.place(partitions, factor, List.of());

            // then
            assertThat(replicas).as("seed %d", seed).hasSize(partitions).allSatisfy(assigned -> {
                assertThat(assigned).hasSize(factor);
                assertThat(new HashSet<>(assigned)).hasSize(factor);
            });
            assertThat(spread(leaders(replicas), nodes))
                    .as("leaders, seed %d", seed)
                    .isLessThanOrEqualTo(1);
            assertThat(spread(all(replicas), nodes))
                    .as("replicas, seed %d", seed)
                    .isLessThanOrEqualTo(2);
        }
    }

    @Test
    void shouldSpreadTopicsOfOnePartitionOverTheCluster() {
        // given
        Placement placement = new Placement(() -> nodes(3), new Random(1));
        List<Topic> topics = new ArrayList<>();

        // when
        for (int i = 0; i < 30; i++) {
            topics.add(new Topic(new UUID(0, i), "t" + i, placement.place(1, 2, topics), Map.of()));
        }

        // then
        List<List<Integer>> replicas =
                topics.stream().flatMap(topic -> topic.replicas().stream()).toList();
        assertThat(spread(leaders(replicas), 3)).isLessThanOrEqualTo(1);
        assertThat(spread(all(replicas), 3)).isLessThanOrEqualTo(2);
    }

    @Test
    void shouldNotBeginAtTheSameNodeEveryTime() {
        // given
        Placement placement = new Placement(() -> nodes(3), new Random(1));
        HashSet<Integer> first = new HashSet<>();

        // when
        for (int i = 0; i < 50; i++) {
            first.add(placement.place(1, 1, List.of()).get(0).get(0));
        }

        // then
        assertThat(first).containsExactlyInAnyOrder(1, 2, 3);
    }

    private static SortedSet<Integer> nodes(int count) {
        TreeSet<Integer> nodes = new TreeSet<>();
        for (int node = 1; node <= count; node++) {
            nodes.add(node);
        }
        return nodes;
    }

    private static List<Integer> leaders(List<List<Integer>> replicas) {
        return replicas.stream().map(assigned -> assigned.get(0)).toList();
    }

    private static List<Integer> all(List<List<Integer>> replicas) {
        return replicas.stream().flatMap(List::stream).toList();
    }

    /** Most minus least that a node has. */
    private static int spread(List<Integer> placed, int nodes) {
        Map<Integer, Integer> counts = new TreeMap<>();
        placed.forEach(node -> counts.merge(node, 1, Integer::sum));
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        int least = counts.size() < nodes
                ? 0
                : counts.values().stream().mapToInt(Integer::intValue).min().orElse(0);
        return most - least;
    }
}
