package io.oarlog.metadata;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One topic as the metadata tree has it. Immutable.
 *
 * @param replicas node ids of each partition's replicas, by partition number; the first is the preferred leader. Of a partition
 *     that is moved those that it will have come first, then those that it will lose
 * @param configs settings given at creation, Kafka's names
 * @param moves of the partitions that are moved, by partition number
 */
public record Topic(
        UUID id,
        String name,
        List<List<Integer>> replicas,
        Map<String, String> configs,
        Map<Integer, ReplicaMove> moves) {
    public Topic {
        replicas = replicas.stream().map(List::copyOf).toList();
        configs = Map.copyOf(configs);
        moves = Map.copyOf(moves);
    }

    /** Of which no partition is moved. */
    public Topic(UUID id, String name, List<List<Integer>> replicas, Map<String, String> configs) {
        this(id, name, replicas, configs, Map.of());
    }

    public int partitionCount() {
        return replicas.size();
    }

    public Optional<ReplicaMove> move(int partition) {
        return Optional.ofNullable(moves.get(partition));
    }

    /** Node ids of the replicas that a partition has when its move is done; those that it has when there is none. */
    public List<Integer> target(int partition) {
        List<Integer> removing = move(partition).map(ReplicaMove::removing).orElse(List.of());
        return replicas.get(partition).stream()
                .filter(node -> !removing.contains(node))
                .toList();
    }

    /** Node ids of the replicas that a partition had before its move; those that it has when there is none. */
    public List<Integer> origin(int partition) {
        List<Integer> adding = move(partition).map(ReplicaMove::adding).orElse(List.of());
        return replicas.get(partition).stream()
                .filter(node -> !adding.contains(node))
                .toList();
    }
}
