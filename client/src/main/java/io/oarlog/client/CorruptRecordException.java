package io.oarlog.client;

/**
 * A batch arrived whose checksum or structure is wrong. The position stays in front of it: poll again to read it again
 * (another replica may lead by then), or seek past it.
 */
public final class CorruptRecordException extends OarlogException {
    // Not serialised with the exception: it is for the caller in this process.
    private final transient TopicPartition topicPartition;
    private final long offset;

    CorruptRecordException(TopicPartition topicPartition, long offset, Throwable cause) {
        super(
                "corrupt batch in " + topicPartition + " at or after offset " + offset + ": " + cause.getMessage(),
                cause);
        this.topicPartition = topicPartition;
        this.offset = offset;
    }

    public TopicPartition topicPartition() {
        return topicPartition;
    }

    /** The consumer's position: the corrupt batch starts at or before it, or follows it directly. */
    public long offset() {
        return offset;
    }
}
