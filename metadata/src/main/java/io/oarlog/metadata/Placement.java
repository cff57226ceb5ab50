package io.oarlog.metadata;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Where the replicas of a new topic go. Leaders (first replicas) and replicas are spread evenly: first within the topic,
 * then, among nodes that are equal in that, over the whole cluster; ties go round from a random node on. Thread-safe.
 */
final class Placement {
    private final Supplier<SortedSet<Integer>> nodes;
    private final RandomGenerator random;

    /**
     * @param nodes ids of all nodes of the cluster, as they are when it is asked
     * @param random thread-safe
     */
    Placement(Supplier<SortedSet<Integer>> nodes, RandomGenerator random) {
        this.nodes = nodes;
        this.random = random;
    }

    /**
     * Places a topic.
     *
     * @param replicationFactor 1 to the number of nodes
     * @param existing all topics that there are
     * @return replicas of each partition; the first is the preferred leader
     */
    List<List<Integer>> place(int partitions, int replicationFactor, Collection<Topic> existing) {
        List<Integer> ids = List.copyOf(nodes.get());
        Map<Integer, Load> loads = loads(ids, existing);
        int start = random.nextInt(ids.size());
        List<List<Integer>> replicas = new ArrayList<>(partitions);
        for (int partition = 0; partition < partitions; partition++) {
            List<Load> candidates = rotated(ids, loads, start + partition);
            candidates.sort(Load.BY_LEADERS);
            Load leader = candidates.remove(0);
            leader.lead();
            candidates.sort(Load.BY_REPLICAS);
            List<Integer> chosen = new ArrayList<>(replicationFactor);
            chosen.add(leader.node);
            for (Load follower : candidates.subList(0, replicationFactor - 1)) {
                follower.host();
                chosen.add(follower.node);
            }
            replicas.add(chosen);
        }
        return replicas;
    }

    private static List<Load> rotated(List<Integer> ids, Map<Integer, Load> loads, int start) {
        List<Load> rotated = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            Load load = loads.get(ids.get((start + i) % ids.size()));
            if (load != null) {
                rotated.add(load);
            }
        }
        return rotated;
    }

    private static Map<Integer, Load> loads(List<Integer> ids, Collection<Topic> existing) {
        Map<Integer, Load> loads = new HashMap<>();
        ids.forEach(node -> loads.put(node, new Load(node)));
        for (Topic topic : existing) {
            for (List<Integer> replicas : topic.replicas()) {
                for (int i = 0; i < replicas.size(); i++) {
                    Load load = loads.get(replicas.get(i));
                    if (load != null) {
                        load.allReplicas++;
                        load.allLeaders += i == 0 ? 1 : 0;
                    }
                }
            }
        }
        return loads;
    }

    /** What one node carries. */
    private static final class Load {
        static final Comparator<Load> BY_LEADERS = Comparator.comparingInt((Load load) -> load.topicLeaders)
                .thenComparingInt(load -> load.allLeaders)
                .thenComparingInt(load -> load.topicReplicas);
        static final Comparator<Load> BY_REPLICAS =
                Comparator.comparingInt((Load load) -> load.topicReplicas).thenComparingInt(load -> load.allReplicas);

        final int node;
        int topicLeaders;
        int topicReplicas;
        int allLeaders;
        int allReplicas;

        Load(int node) {
            this.node = node;
        }

        void lead() {
            topicLeaders++;
            allLeaders++;
            host();
        }

        void host() {
            topicReplicas++;
            allReplicas++;
        }
    }
}
