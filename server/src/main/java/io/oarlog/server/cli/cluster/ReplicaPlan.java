package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/** Where the replicas of partitions should go, so that each node has about as many of them, and as many leaders. Confined to its caller. */
final class ReplicaPlan {
    static final Comparator<TopicPartition> IN_ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final Map<TopicPartition, List<Integer>> present;
    private final Map<Integer, Integer> replicas = new HashMap<>();
    private final Map<Integer, Integer> leaders = new HashMap<>();

    /**
     * Counts what there is.
     *
     * @param present node ids of the replicas that each partition has, or will have when its move is done; the first is preferred as
     *     leader
     * @param nodes that may have replicas
     */
    ReplicaPlan(Map<TopicPartition, List<Integer>> present, Set<Integer> nodes) {
        this.present = new TreeMap<>(IN_ORDER);
        this.present.putAll(present);
        nodes.forEach(node -> {
            replicas.put(node, 0);
            leaders.put(node, 0);
        });
        present.values().forEach(of -> {
            of.forEach(node -> replicas.merge(node, 1, Integer::sum));
            leaders.merge(of.get(0), 1, Integer::sum);
        });
    }

    /**
     * Has other nodes take what one has, each at the same place.
     *
     * @return the new replicas of the partitions that change
     * @throws CommandFailedException when a partition has a replica on each of the other nodes already
     */
    Map<TopicPartition, List<Integer>> without(int node) {
        Map<TopicPartition, List<Integer>> moves = new LinkedHashMap<>();
        present.forEach((partition, nodes) -> {
            int place = nodes.indexOf(node);
            if (place >= 0) {
                int heir = heir(partition, nodes, place, node);
                List<Integer> changed = new ArrayList<>(nodes);
                changed.set(place, heir);
                moves.put(partition, changed);
                take(node, heir, place);
            }
        });
        return moves;
    }

    private int heir(TopicPartition partition, List<Integer> nodes, int place, int leaving) {
        Comparator<Integer> byLoad = place == 0
                ? Comparator.comparing((Integer node) -> count(leaders, node))
                        .thenComparing(node -> count(replicas, node))
                : Comparator.comparing(node -> count(replicas, node));
        return replicas.keySet().stream()
                .filter(node -> node != leaving && !nodes.contains(node))
                .min(byLoad.thenComparing(Comparator.naturalOrder()))
                .orElseThrow(
                        () -> new CommandFailedException("partition " + partition + " has replicas on nodes " + nodes
                                + " and no other node could take the one of node " + leaving
                                + "; give the topic fewer replicas, or the cluster another node, first"));
    }

    /**
     * Gives a node its share, from those that have most.
     *
     * @return the new replicas of the partitions that change
     */
    Map<TopicPartition, List<Integer>> sharedWith(int node) {
        int fairLeaders = present.size() / replicas.size();
        Map<TopicPartition, List<Integer>> moves = new LinkedHashMap<>();
        present.forEach((partition, nodes) -> {
            if (nodes.contains(node)) {
                return;
            }
            boolean isToLead = count(leaders, node) < fairLeaders && count(leaders, nodes.get(0)) > fairLeaders;
            OptionalInt place = isToLead && hasMore(nodes.get(0), node) ? OptionalInt.of(0) : followerOf(nodes, node);
            place.ifPresent(at -> {
                List<Integer> changed = new ArrayList<>(nodes);
                changed.set(at, node);
                moves.put(partition, changed);
                take(nodes.get(at), node, at);
            });
        });
        return moves;
    }

    /** Of the replicas that are not preferred as leaders the one on the fullest node, if that would still not have less. */
    private OptionalInt followerOf(List<Integer> nodes, int node) {
        return IntStream.range(1, nodes.size())
                .filter(place -> hasMore(nodes.get(place), node))
                .boxed()
                .max(Comparator.comparing(place -> count(replicas, nodes.get(place))))
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    private boolean hasMore(int node, int other) {
        return count(replicas, node) - 1 > count(replicas, other);
    }

    private void take(int from, int to, int place) {
        replicas.merge(from, -1, Integer::sum);
        replicas.merge(to, 1, Integer::sum);
        if (place == 0) {
            leaders.merge(from, -1, Integer::sum);
            leaders.merge(to, 1, Integer::sum);
        }
    }

    private static int count(Map<Integer, Integer> counts, int node) {
        return counts.getOrDefault(node, 0);
    }
}
