package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A record to be sent. The arrays are not copied and must not be changed before {@link Producer#send} returns; two
 * records are equal only when they hold the very same arrays.
 *
 * @param partition where it goes; null leaves the choice to the producer: the key's hash (murmur2, as Kafka's clients
 *     do), or for a record without key any partition
 * @param key null when there is none
 * @param value null is a tombstone in a compacted topic
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are what a log holds; equality is explained above
public record ProducerRecord(
        String topic, @Nullable Integer partition, byte @Nullable [] key, byte @Nullable [] value) {
    // Not in the compact form: javac 17 leaves the annotations of its parameters out of the class file.
    public ProducerRecord(String topic, @Nullable Integer partition, byte @Nullable [] key, byte @Nullable [] value) {
        this.topic = requireNonNull(topic, "topic");
        this.partition = partition;
        this.key = key;
        this.value = value;
        if (topic.isEmpty()) {
            throw new IllegalArgumentException("topic is empty");
        }
        if (partition != null && partition < 0) {
            throw new IllegalArgumentException("partition " + partition + " is negative");
        }
    }

    /** A record whose key chooses the partition. */
    public static ProducerRecord of(String topic, byte @Nullable [] key, byte @Nullable [] value) {
        return new ProducerRecord(topic, null, key, value);
    }
}
