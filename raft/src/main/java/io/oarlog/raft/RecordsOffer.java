package io.oarlog.raft;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * What a replica has applied and on its disk, for one that copies it. Immutable.
 *
 * <pre>
 * 8 term and 8 index of the last entry applied, 8 first stored offset, 8 rewritten end offset, 8 edition, then a snapshot
 * </pre>
 *
 * @param state everything up to an entry of the Raft log; the records below its end can be asked for
 * @param firstStoredOffset of the first record whose bytes are there
 * @param rewrittenEndOffset below it batches may not be as they were appended
 * @param edition see {@link StoredRecords}
 */
record RecordsOffer(AppliedState.UpTo state, long firstStoredOffset, long rewrittenEndOffset, long edition) {
    private static final int FIXED_BYTES = 5 * Long.BYTES;

    long endOffset() {
        return state.snapshot().endOffset();
    }

    ByteBuffer encode() {
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        try {
            state.snapshot().writeTo(snapshot);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return ByteBuffer.allocate(FIXED_BYTES + snapshot.size())
                .putLong(state.position().getTerm())
                .putLong(state.position().getIndex())
                .putLong(firstStoredOffset)
                .putLong(rewrittenEndOffset)
                .putLong(edition)
                .put(snapshot.toByteArray())
                .flip();
    }

    /** @throws IOException when the bytes are not an offer */
    static RecordsOffer decode(ByteBuffer encoded) throws IOException {
        ByteBuffer in = encoded.duplicate();
        if (in.remaining() < FIXED_BYTES) {
            throw new IOException("not an offer of records: " + in.remaining() + " bytes");
        }
        TermIndex position = TermIndex.valueOf(in.getLong(), in.getLong());
        long firstStoredOffset = in.getLong();
        long rewrittenEndOffset = in.getLong();
        long edition = in.getLong();
        byte[] snapshot = new byte[in.remaining()];
        in.get(snapshot);
        return new RecordsOffer(
                new AppliedState.UpTo(position, PartitionSnapshot.read(new ByteArrayInputStream(snapshot))),
                firstStoredOffset,
                rewrittenEndOffset,
                edition);
    }
}
