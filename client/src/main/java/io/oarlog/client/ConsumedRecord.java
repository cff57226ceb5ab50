package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/**
 * A record that was read. The arrays belong to the caller; two records are equal only when they hold the very same
 * arrays.
 *
 * @param timestamp ms since the epoch
 * @param key null when there is none
 * @param value null is a tombstone in a compacted topic
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are what a log holds; equality is explained above
public record ConsumedRecord(
        String topic, int partition, long offset, long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
    public TopicPartition topicPartition() {
        return new TopicPartition(topic, partition);
    }
}
