package io.oarlog.client;

import static java.util.Objects.requireNonNull;

/** One partition of a topic. Immutable. */
public record TopicPartition(String topic, int partition) {
    public TopicPartition {
        requireNonNull(topic, "topic");
        if (partition < 0) {
            throw new IllegalArgumentException("partition " + partition + " is negative");
        }
    }

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
