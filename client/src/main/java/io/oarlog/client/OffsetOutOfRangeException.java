package io.oarlog.client;

/**
 * The log does not hold the consumer's position: it was deleted by retention, or never written. Seek to a valid offset
 * ({@link Consumer#seekToBeginning}, {@link Consumer#seekToEnd}) and go on.
 */
public final class OffsetOutOfRangeException extends OarlogException {
    // Not serialised with the exception: it is for the caller in this process.
    private final transient TopicPartition topicPartition;
    private final long offset;

    OffsetOutOfRangeException(TopicPartition topicPartition, long offset) {
        super("offset " + offset + " of " + topicPartition + " is not in the log", null);
        this.topicPartition = topicPartition;
        this.offset = offset;
    }

    public TopicPartition topicPartition() {
        return topicPartition;
    }

    /** The consumer's position, which the log does not hold. */
    public long offset() {
        return offset;
    }
}
