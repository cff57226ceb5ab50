package io.oarlog.client;

import java.util.List;

/**
 * A topic as the cluster sees it. Immutable.
 *
 * @param id the topic's UUID in the protocol's base64 form; of zeros when the broker does not know topic ids
 * @param partitions in the order of their numbers
 */
public record TopicDescription(String name, String id, List<PartitionDescription> partitions) {
    public TopicDescription {
        partitions = List.copyOf(partitions);
    }
}
