package io.oarlog.metadata;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One topic as the metadata tree has it. Immutable.
 *
 * @param replicas node ids of each partition's replicas, by partition number; the first is the preferred leader
 * @param configs settings given at creation, Kafka's names
 */
public record Topic(UUID id, String name, List<List<Integer>> replicas, Map<String, String> configs) {
    public Topic {
        replicas = replicas.stream().map(List::copyOf).toList();
        configs = Map.copyOf(configs);
    }

    public int partitionCount() {
        return replicas.size();
    }
}
