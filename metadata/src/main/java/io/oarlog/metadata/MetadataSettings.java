package io.oarlog.metadata;

import io.oarlog.raft.RaftAddress;
import java.util.Map;
import java.util.Objects;

/**
 * What {@link Metadata} needs to know. Immutable.
 *
 * @param broker how this broker registers itself; its id is one of {@code nodes}
 * @param nodes ids of all nodes of the cluster, as configured, with their Raft endpoints
 * @param defaultPartitions of a topic that does not say
 * @param defaultReplicationFactor of a topic that does not say, 1 to the number of nodes
 */
public record MetadataSettings(
        BrokerRegistration broker,
        Map<Integer, RaftAddress> nodes,
        int defaultPartitions,
        int defaultReplicationFactor,
        SessionSettings session) {
    public MetadataSettings {
        nodes = Map.copyOf(nodes);
        Objects.requireNonNull(session);
        if (!nodes.containsKey(broker.id())) {
            throw new IllegalArgumentException("broker " + broker.id() + " is not among the nodes " + nodes.keySet());
        } else if (defaultPartitions < 1 || defaultPartitions > TopicRules.MAX_PARTITIONS) {
            throw new IllegalArgumentException(
                    "default partitions must be 1 to " + TopicRules.MAX_PARTITIONS + ": " + defaultPartitions);
        } else if (defaultReplicationFactor < 1 || defaultReplicationFactor > nodes.size()) {
            throw new IllegalArgumentException(
                    "default replication factor must be 1 to " + nodes.size() + ": " + defaultReplicationFactor);
        }
    }
}
