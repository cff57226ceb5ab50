package io.oarlog.metadata;

import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import io.oarlog.raft.ReplicaCapacity;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/** Which nodes have room for more replicas, by what live brokers say of themselves; others are not judged. Confined to its caller. */
final class ReplicaRoom {
    private final Map<Integer, ReplicaCapacity> capacities = new HashMap<>();
    private final Map<Integer, Integer> hosted = new HashMap<>();

    private ReplicaRoom() {}

    static ReplicaRoom of(ClusterView view) {
        return of(view.brokers(), view.topics());
    }

    static ReplicaRoom of(Collection<BrokerRegistration> live, Collection<Topic> topics) {
        ReplicaRoom room = new ReplicaRoom();
        live.forEach(broker -> broker.capacity().ifPresent(capacity -> room.capacities.put(broker.id(), capacity)));
        topics.forEach(topic -> topic.replicas().forEach(room::host));
        return room;
    }

    private void host(List<Integer> replicas) {
        replicas.forEach(node -> hosted.merge(node, 1, Integer::sum));
    }

    /**
     * Whether partitions can be added; does so, as far as this object knows.
     *
     * @param added replicas of each
     */
    Optional<Invalid> check(List<List<Integer>> added) {
        Map<Integer, Integer> before = Map.copyOf(hosted);
        added.forEach(this::host);
        return capacities.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .filter(node -> added.stream().anyMatch(replicas -> replicas.contains(node.getKey())))
                .filter(node -> left(node.getKey(), hosted) < 0)
                .findFirst()
                .map(node -> refusal(
                        node.getKey(), node.getValue(), before, added.get(0).size()));
    }

    private int left(int node, Map<Integer, Integer> replicas) {
        ReplicaCapacity capacity = capacities.get(node);
        return capacity == null ? Integer.MAX_VALUE : capacity.replicas() - replicas.getOrDefault(node, 0);
    }

    private Invalid refusal(int node, ReplicaCapacity capacity, Map<Integer, Integer> before, int factor) {
        return new Invalid(
                Rule.CAPACITY,
                "node " + node + " would have " + hosted.get(node) + " replicas and can host "
                        + capacity.replicas() + ": it is short of " + capacity.scarce() + "; the cluster has room for "
                        + partitionsLeft(before, factor) + " more partitions with " + factor
                        + " replicas; add a node, or give the nodes more");
    }

    /** Most partitions that find room, each on the nodes with most of it. */
    private int partitionsLeft(Map<Integer, Integer> before, int factor) {
        PriorityQueue<Integer> left = new PriorityQueue<>(Comparator.reverseOrder());
        capacities.keySet().stream()
                .map(node -> left(node, before))
                .filter(room -> room > 0)
                .forEach(left::add);
        int partitions = 0;
        while (left.size() >= factor && partitions < TopicRules.MAX_PARTITIONS) {
            List<Integer> chosen = Stream.generate(left::remove).limit(factor).toList();
            chosen.stream().map(room -> room - 1).filter(room -> room > 0).forEach(left::add);
            partitions++;
        }
        return partitions;
    }
}
