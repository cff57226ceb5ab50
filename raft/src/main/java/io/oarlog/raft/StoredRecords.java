package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Batches as a replica has them on its disk, for one that copies them. Immutable.
 *
 * <pre>
 * offset size field
 *      0    8 edition
 *      8      whole batches in a row
 * </pre>
 *
 * @param edition as long as it stays the same, the replica has the same bytes at the same offsets
 */
record StoredRecords(long edition, ByteBuffer batches) {
    /** More only when one batch is larger. */
    static final int MAX_BYTES = 1024 * 1024;

    ByteBuffer encode() {
        return ByteBuffer.allocate(Long.BYTES + batches.remaining())
                .putLong(edition)
                .put(batches.duplicate())
                .flip();
    }

    /** @throws IOException when the bytes are not an answer */
    static StoredRecords decode(ByteBuffer encoded) throws IOException {
        ByteBuffer in = encoded.duplicate();
        if (in.remaining() < Long.BYTES) {
            throw new IOException("not records: " + in.remaining() + " bytes");
        }
        return new StoredRecords(in.getLong(), in.slice());
    }
}
