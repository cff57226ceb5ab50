package io.oarlog.raft;

import java.nio.ByteBuffer;

/**
 * An entry of a partition's Raft log without record bytes: an offset that all replicas agree on. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 kind: 2 {@link LogStart}, 3 {@link CompactionBound}; an {@link EntryHeader} begins with 1
 *      1    8 offset
 * </pre>
 */
sealed interface ControlEntry permits LogStart, CompactionBound {
    int BYTES = 9;

    byte kind();

    long offset();

    default byte[] encode() {
        return ByteBuffer.allocate(BYTES).put(kind()).putLong(offset()).array();
    }

    /** Whether an entry's bytes in the Raft log are one of these. */
    static boolean isOne(ByteBuffer encoded) {
        if (!encoded.hasRemaining()) {
            return false;
        }
        byte kind = encoded.get(encoded.position());
        return kind == LogStart.KIND || kind == CompactionBound.KIND;
    }

    /**
     * Decodes what {@link #encode} wrote.
     *
     * @throws IllegalArgumentException when the bytes are something else
     */
    static ControlEntry decode(ByteBuffer encoded) {
        if (encoded.remaining() != BYTES || !isOne(encoded)) {
            throw new IllegalArgumentException("control entry of " + encoded.remaining() + " bytes");
        }
        long offset = encoded.getLong(encoded.position() + 1);
        return encoded.get(encoded.position()) == LogStart.KIND ? new LogStart(offset) : new CompactionBound(offset);
    }
}
