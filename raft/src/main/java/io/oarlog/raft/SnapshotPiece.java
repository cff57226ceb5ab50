package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A part of a snapshot's file, as a node sends it to another. Immutable.
 *
 * <pre>
 * offset size field
 *      0    8 index of the snapshot; -1: the node does not have it
 *      8    8 size of its file in bytes
 *     16      bytes of the file
 * </pre>
 *
 * @param bytes from the position that was asked for; fewer than asked for only at the end of the file
 */
record SnapshotPiece(long index, long fileBytes, ByteBuffer bytes) {
    static final int MAX_BYTES = 1024 * 1024;
    static final SnapshotPiece NONE = new SnapshotPiece(-1, 0, ByteBuffer.allocate(0));

    private static final int HEADER_BYTES = 2 * Long.BYTES;

    /** Whether the node has the snapshot. */
    boolean isFound() {
        return index >= 0;
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(HEADER_BYTES + bytes.remaining())
                .putLong(index)
                .putLong(fileBytes)
                .put(bytes.duplicate())
                .flip();
    }

    /** @throws IOException when the bytes are not an answer */
    static SnapshotPiece decode(ByteBuffer encoded) throws IOException {
        ByteBuffer in = encoded.duplicate();
        if (in.remaining() < HEADER_BYTES) {
            throw new IOException("not a piece of a snapshot: " + in.remaining() + " bytes");
        }
        return new SnapshotPiece(in.getLong(), in.getLong(), in.slice());
    }
}
