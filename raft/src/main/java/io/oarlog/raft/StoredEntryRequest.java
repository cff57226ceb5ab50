package io.oarlog.raft;

import java.nio.ByteBuffer;

/**
 * Asks another replica for the bytes of an entry. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 version (1)
 *      1    8 index
 *      9    8 term
 * </pre>
 */
record StoredEntryRequest(long index, long term) {
    private static final byte VERSION = 1;
    private static final int BYTES = 1 + 2 * Long.BYTES;

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES)
                .put(VERSION)
                .putLong(index)
                .putLong(term)
                .flip();
    }

    /** @throws IllegalArgumentException when the bytes are not a request of this version */
    static StoredEntryRequest decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate();
        if (in.remaining() != BYTES || in.get() != VERSION) {
            throw new IllegalArgumentException("not a request for an entry: " + encoded.remaining() + " bytes");
        }
        return new StoredEntryRequest(in.getLong(), in.getLong());
    }
}
