package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.KafkaAnswers;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/** How many bytes the replicas have on the disks of the nodes that answer. Immutable. */
final class ReplicaSizes {
    private final Map<Integer, Map<TopicPartition, Long>> byNode;

    ReplicaSizes(Map<Integer, Map<TopicPartition, Long>> byNode) {
        this.byNode = byNode;
    }

    /**
     * Of the nodes that have to do with moves.
     *
     * @param up nodes that serve clients: others would not answer
     */
    static ReplicaSizes ask(Admin admin, Collection<PartitionReassignment> moves, Set<Integer> up) {
        List<Integer> nodes = moves.stream()
                .flatMap(move -> move.replicas().stream())
                .filter(up::contains)
                .distinct()
                .toList();
        Map<Integer, Map<TopicPartition, Long>> byNode = new HashMap<>();
        if (!nodes.isEmpty()) {
            admin.describeLogDirs(nodes).descriptions().forEach((node, answer) -> {
                try {
                    byNode.put(node, sizes(KafkaAnswers.await(answer)));
                } catch (RetriableException e) {
                    byNode.put(node, Map.of()); // it went down just now
                }
            });
        }
        return new ReplicaSizes(byNode);
    }

    private static Map<TopicPartition, Long> sizes(Map<String, LogDirDescription> directories) {
        return directories.values().stream()
                .flatMap(directory -> directory.replicaInfos().entrySet().stream())
                .collect(Collectors.toMap(
                        Map.Entry::getKey, replica -> replica.getValue().size()));
    }

    /** The largest of the replicas that are there is what the new ones will be. */
    Copied copied(TopicPartition partition, PartitionReassignment move) {
        long whole = move.replicas().stream()
                .filter(node -> !move.addingReplicas().contains(node))
                .mapToLong(node -> size(node, partition))
                .max()
                .orElse(0);
        long copied = move.addingReplicas().stream()
                .mapToLong(node -> Math.min(whole, size(node, partition)))
                .sum();
        return new Copied(copied, whole * move.addingReplicas().size());
    }

    private long size(int node, TopicPartition partition) {
        return byNode.getOrDefault(node, Map.of()).getOrDefault(partition, 0L);
    }
}
