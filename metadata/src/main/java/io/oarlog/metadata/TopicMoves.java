package io.oarlog.metadata;

import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.metadata.TopicOutcome.Invalid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of a topic when some of its partitions are to have other replicas (KIP-455). Immutable.
 *
 * @param changed the topic with all moves that can be made
 * @param outcomes of each partition: done, or why not
 */
record TopicMoves(Topic changed, Map<Integer, TopicOutcome> outcomes) {
    /**
     * Checks each and makes those that can be made.
     *
     * @param targets the replicas that each partition is to have; nothing: those that it had before the move that is under way
     */
    static TopicMoves of(
            Topic topic, Map<Integer, Optional<List<Integer>>> targets, boolean mayChangeFactor, TopicRules rules) {
        List<List<Integer>> replicas = new ArrayList<>(topic.replicas());
        Map<Integer, ReplicaMove> moves = new HashMap<>(topic.moves());
        Map<Integer, TopicOutcome> outcomes = new LinkedHashMap<>();
        targets.forEach((partition, target) -> {
            Optional<Invalid> refused = rules.checkMove(topic, partition, target, mayChangeFactor);
            if (refused.isEmpty()) {
                move(topic, partition, target.orElseGet(() -> topic.origin(partition)), replicas, moves);
            }
            outcomes.put(
                    partition, refused.<TopicOutcome>map(invalid -> invalid).orElseGet(() -> new Done(topic)));
        });
        return new TopicMoves(new Topic(topic.id(), topic.name(), replicas, topic.configs(), moves), outcomes);
    }

    /**
     * Of an earlier move some replicas may be there already. None is forgotten: those that are not wanted any more are both added
     * and removed, as it tells what the partition had before.
     */
    private static void move(
            Topic topic,
            int partition,
            List<Integer> target,
            List<List<Integer>> replicas,
            Map<Integer, ReplicaMove> moves) {
        List<Integer> present = topic.replicas().get(partition);
        if (topic.move(partition).isEmpty() && target.equals(present)) {
            return;
        }
        List<Integer> origin = topic.origin(partition);
        List<Integer> removing =
                present.stream().filter(node -> !target.contains(node)).toList();
        List<Integer> all = new ArrayList<>(target);
        all.addAll(removing);
        replicas.set(partition, all);
        moves.put(
                partition,
                new ReplicaMove(
                        all.stream().filter(node -> !origin.contains(node)).toList(), removing));
    }

    /** The topic when a move of it is done. */
    static Topic ended(Topic topic, int partition) {
        List<List<Integer>> replicas = new ArrayList<>(topic.replicas());
        replicas.set(partition, topic.target(partition));
        Map<Integer, ReplicaMove> moves = new HashMap<>(topic.moves());
        moves.remove(partition);
        return new Topic(topic.id(), topic.name(), replicas, topic.configs(), moves);
    }

    /** The same outcome for all partitions. */
    static Map<Integer, TopicOutcome> all(Set<Integer> partitions, TopicOutcome outcome) {
        Map<Integer, TopicOutcome> outcomes = new LinkedHashMap<>();
        partitions.forEach(partition -> outcomes.put(partition, outcome));
        return outcomes;
    }
}
