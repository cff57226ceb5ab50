package io.oarlog.client;

/**
 * Where an acknowledged record lies. Immutable.
 *
 * @param offset {@link #UNKNOWN_OFFSET} with {@link Acks#NONE}, and when the broker only said that it had stored the
 *     record before
 * @param timestamp ms since the epoch: the producer's clock, or the broker's if the topic asks for that
 */
public record RecordMetadata(String topic, int partition, long offset, long timestamp) {
    /** Stored, but the broker did not say where. */
    public static final long UNKNOWN_OFFSET = -1;

    public boolean hasOffset() {
        return offset != UNKNOWN_OFFSET;
    }
}
