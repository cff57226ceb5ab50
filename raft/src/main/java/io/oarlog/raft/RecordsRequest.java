package io.oarlog.raft;

import java.nio.ByteBuffer;

/**
 * Asks another replica what it has, or for some of it. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 version (2: a request for an entry has 1)
 *      1    8 offset of the first record; -1: what there is
 *      9    8 offset at which the records end, exclusive
 * </pre>
 */
record RecordsRequest(long fromOffset, long endOffset) {
    private static final byte VERSION = 2;
    private static final int BYTES = 1 + 2 * Long.BYTES;
    private static final long OFFER = -1;

    static RecordsRequest ofOffer() {
        return new RecordsRequest(OFFER, 0);
    }

    boolean isForOffer() {
        return fromOffset == OFFER;
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES)
                .put(VERSION)
                .putLong(fromOffset)
                .putLong(endOffset)
                .flip();
    }

    /** Whether the bytes are such a request, and no other message between replicas. */
    static boolean isRequest(ByteBuffer encoded) {
        return encoded.remaining() == BYTES && encoded.get(encoded.position()) == VERSION;
    }

    /** @param encoded bytes that are a request */
    static RecordsRequest decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate();
        in.get();
        return new RecordsRequest(in.getLong(), in.getLong());
    }
}
