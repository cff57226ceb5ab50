package io.oarlog.metadata;

import java.util.Objects;

/**
 * What {@link Metadata} needs to know. Immutable.
 *
 * @param broker how this broker registers itself; its id is one of {@code nodes}
 * @param nodeName under which this node takes part in the metadata group, see {@link ClusterZnodes}
 * @param defaultPartitions of a topic that does not say
 * @param defaultReplicationFactor of a topic that does not say
 */
public record MetadataSettings(
        BrokerRegistration broker,
        String nodeName,
        int defaultPartitions,
        int defaultReplicationFactor,
        SessionSettings session) {
    public MetadataSettings {
        Objects.requireNonNull(session);
        if (defaultPartitions < 1 || defaultPartitions > TopicRules.MAX_PARTITIONS) {
            throw new IllegalArgumentException(
                    "default partitions must be 1 to " + TopicRules.MAX_PARTITIONS + ": " + defaultPartitions);
        } else if (defaultReplicationFactor < 1) {
            throw new IllegalArgumentException(
                    "default replication factor must be positive: " + defaultReplicationFactor);
        }
    }
}
