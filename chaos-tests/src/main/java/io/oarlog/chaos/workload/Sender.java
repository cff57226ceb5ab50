package io.oarlog.chaos.workload;

/**
 * Sends values to the keys of one topic.
 *
 * <p>A call that fails with {@link NotAppliedException} had no effect; after any other exception nobody knows.
 */
interface Sender extends AutoCloseable {
    /** Sends a value; returns its offset, -1 when that is not known. */
    long send(int key, long value) throws Exception;

    /** Ends it; nothing more is waited for than a second. */
    @Override
    void close();
}
