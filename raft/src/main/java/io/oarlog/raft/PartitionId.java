package io.oarlog.raft;

import java.util.Objects;
import java.util.UUID;

/**
 * Identity of one partition for its whole life: a topic that is deleted and created again under its old name has another
 * topic id. Immutable.
 *
 * @param topicId random id given to the topic when it was created
 * @param topic name, for directories and messages; not part of the Raft group's identity
 * @param partition number within the topic, from 0
 */
public record PartitionId(UUID topicId, String topic, int partition) {
    public PartitionId {
        Objects.requireNonNull(topicId, "topicId");
        Objects.requireNonNull(topic, "topic");
        if (partition < 0) {
            throw new IllegalArgumentException("partition must not be negative: " + partition);
        }
    }

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
