package io.oarlog.raft;

import java.nio.ByteBuffer;

/**
 * An entry of the Raft log without record bytes: the partition's log starts at this offset from now on. It goes through the
 * Raft log so that all replicas answer alike. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 kind (2); an {@link EntryHeader} begins with 1
 *      1    8 log start offset
 * </pre>
 */
record LogStart(long offset) {
    private static final byte KIND = 2;
    private static final int BYTES = 9;

    /** Whether an entry's bytes in the Raft log are one of these. */
    static boolean isOne(ByteBuffer encoded) {
        return encoded.hasRemaining() && encoded.get(encoded.position()) == KIND;
    }

    byte[] encode() {
        return ByteBuffer.allocate(BYTES).put(KIND).putLong(offset).array();
    }

    /** @throws IllegalArgumentException when the bytes are not what {@link #encode} wrote */
    static LogStart decode(ByteBuffer encoded) {
        if (encoded.remaining() != BYTES || !isOne(encoded)) {
            throw new IllegalArgumentException("log start entry of " + encoded.remaining() + " bytes");
        }
        return new LogStart(encoded.getLong(encoded.position() + 1));
    }
}
