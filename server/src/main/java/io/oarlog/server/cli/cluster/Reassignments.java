package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.KafkaAnswers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;

/** Moves of replicas as the cluster is asked for them (KIP-455). Confined to its command's thread. */
final class Reassignments {
    private final Admin admin;

    Reassignments(Admin admin) {
        this.admin = admin;
    }

    /** Node ids of the replicas that each partition has, or will have when its move is done; the first is preferred as leader. */
    Map<TopicPartition, List<Integer>> targets() {
        Map<TopicPartition, PartitionReassignment> moves = underWay();
        Map<TopicPartition, List<Integer>> targets = new HashMap<>();
        Partitions.of(admin).forEach(partition -> {
            List<Integer> nodes = new ArrayList<>(partition.replicas());
            Optional.ofNullable(moves.get(partition.id())).ifPresent(move -> nodes.removeAll(move.removingReplicas()));
            targets.put(partition.id(), nodes);
        });
        return targets;
    }

    Map<TopicPartition, PartitionReassignment> underWay() {
        return KafkaAnswers.await(admin.listPartitionReassignments().reassignments());
    }

    void begin(Map<TopicPartition, List<Integer>> targets) {
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        targets.forEach((partition, nodes) -> moves.put(partition, Optional.of(new NewPartitionReassignment(nodes))));
        KafkaAnswers.await(admin.alterPartitionReassignments(moves).all());
    }

    /** Those that are done meanwhile stay where they are. */
    void takeBack(Set<TopicPartition> partitions) {
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        partitions.forEach(partition -> moves.put(partition, Optional.empty()));
        admin.alterPartitionReassignments(moves).values().values().forEach(Reassignments::awaitUnlessDone);
    }

    private static void awaitUnlessDone(KafkaFuture<Void> takenBack) {
        try {
            var unused = KafkaAnswers.await(takenBack);
        } catch (NoReassignmentInProgressException e) {
            // It is done.
        }
    }

    /** How far moves are, as far as the nodes are up that have the replicas. */
    Map<TopicPartition, Copied> copied(Map<TopicPartition, PartitionReassignment> moves) {
        ReplicaSizes sizes = ReplicaSizes.ask(admin, moves.values(), new ClusterNodes(admin).up());
        Map<TopicPartition, Copied> copied = new HashMap<>();
        moves.forEach((partition, move) -> copied.put(partition, sizes.copied(partition, move)));
        return copied;
    }

    /** As they are printed: by topic and partition. */
    List<Row> rows(Map<TopicPartition, PartitionReassignment> moves) {
        Map<TopicPartition, Copied> copied = copied(moves);
        return moves.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(ReplicaPlan.IN_ORDER))
                .map(move -> Row.of(move.getKey(), move.getValue(), copied.getOrDefault(move.getKey(), Copied.NOTHING)))
                .toList();
    }

    /**
     * One move, as it is printed in JSON. Immutable.
     *
     * @param bytesCopied that the new replicas have
     * @param bytes that they will have
     */
    record Row(
            String topic,
            int partition,
            List<Integer> replicas,
            List<Integer> adding,
            List<Integer> removing,
            long bytesCopied,
            long bytes) {
        private static Row of(TopicPartition partition, PartitionReassignment move, Copied copied) {
            return new Row(
                    partition.topic(),
                    partition.partition(),
                    move.replicas(),
                    move.addingReplicas(),
                    move.removingReplicas(),
                    copied.bytes(),
                    copied.of());
        }
    }
}
