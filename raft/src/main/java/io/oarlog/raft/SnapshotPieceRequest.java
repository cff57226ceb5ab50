package io.oarlog.raft;

import java.nio.ByteBuffer;

/**
 * Asks another node for a part of a snapshot of the metadata group. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 version (1)
 *      1    8 index of the snapshot; -1: the newest
 *      9    8 position in its file
 * </pre>
 */
record SnapshotPieceRequest(long index, long position) {
    private static final byte VERSION = 1;
    private static final int BYTES = 1 + 2 * Long.BYTES;
    private static final long NEWEST = -1;

    /** The beginning of the newest snapshot, whichever it is. */
    static SnapshotPieceRequest ofNewest() {
        return new SnapshotPieceRequest(NEWEST, 0);
    }

    boolean isForNewest() {
        return index == NEWEST;
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES)
                .put(VERSION)
                .putLong(index)
                .putLong(position)
                .flip();
    }

    /** Whether the bytes are such a request, and no other message between nodes. */
    static boolean isRequest(ByteBuffer encoded) {
        return encoded.remaining() == BYTES
                && encoded.get(encoded.position()) == VERSION
                && encoded.getLong(encoded.position() + 1) >= NEWEST
                && encoded.getLong(encoded.position() + 1 + Long.BYTES) >= 0;
    }

    /** @param encoded bytes that are a request */
    static SnapshotPieceRequest decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate();
        in.get();
        return new SnapshotPieceRequest(in.getLong(), in.getLong());
    }
}
