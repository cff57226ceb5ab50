package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Batches as a replica has them on its disk, for one that copies them. Immutable.
 *
 * <pre>
 * offset size field
 *      0    8 edition
 *      8    1 1: a segment ends behind them; else 0
 *      9      whole batches in a row
 * </pre>
 *
 * @param edition as long as it stays the same, the replica has the same bytes at the same offsets
 * @param endsSegment whether a segment ends behind the batches: those of one entry lie in one
 */
record StoredRecords(long edition, boolean endsSegment, ByteBuffer batches) {
    private static final int FIXED_BYTES = Long.BYTES + 1;

    /** More only when one batch is larger. */
    static final int MAX_BYTES = 1024 * 1024;

    ByteBuffer encode() {
        return ByteBuffer.allocate(FIXED_BYTES + batches.remaining())
                .putLong(edition)
                .put((byte) (endsSegment ? 1 : 0))
                .put(batches.duplicate())
                .flip();
    }

    /** @throws IOException when the bytes are not an answer */
    static StoredRecords decode(ByteBuffer encoded) throws IOException {
        ByteBuffer in = encoded.duplicate();
        if (in.remaining() < FIXED_BYTES) {
            throw new IOException("not records: " + in.remaining() + " bytes");
        }
        return new StoredRecords(in.getLong(), in.get() == 1, in.slice());
    }
}
