package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.ProducerBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the Raft log keeps of an entry whose record bytes lie in the segment. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 version (1)
 *      1    8 base offset of the first batch; written when the entry's place in the log is known
 *      9    4 number of batches, n
 *     13 26*n per batch: 4 size in bytes, 4 last offset delta, 4 CRC, 8 producer id, 2 producer epoch, 4 base sequence
 * </pre>
 */
record EntryHeader(long baseOffset, List<Batch> batches) {
    private static final byte VERSION = 1;
    private static final int BASE_OFFSET_POSITION = 1;
    private static final int FIXED_BYTES = 13;
    private static final int BATCH_BYTES = 26;

    /** Most batches in one entry; beyond it produces wait for the next. */
    static final int MAX_BATCHES = 4096;

    /** Largest encoded header. */
    static final int MAX_BYTES = FIXED_BYTES + MAX_BATCHES * BATCH_BYTES;

    /** One batch: its extent and what idempotence needs. */
    record Batch(
            int sizeInBytes, int lastOffsetDelta, int crc, long producerId, short producerEpoch, int baseSequence) {
        static Batch of(BatchHeader header) {
            return new Batch(
                    header.sizeInBytes(),
                    header.lastOffsetDelta(),
                    header.crc(),
                    header.producerId(),
                    header.producerEpoch(),
                    header.baseSequence());
        }

        boolean isIdempotent() {
            return producerId >= 0;
        }
    }

    EntryHeader {
        batches = List.copyOf(batches);
        if (batches.isEmpty() || batches.size() > MAX_BATCHES) {
            throw new IllegalArgumentException("an entry has 1 to " + MAX_BATCHES + " batches, not " + batches.size());
        }
    }

    /** End of the entry's offsets, exclusive. */
    long endOffset() {
        long end = baseOffset;
        for (Batch batch : batches) {
            end += batch.lastOffsetDelta() + 1L;
        }
        return end;
    }

    /** Bytes of all batches in the segment. */
    int dataBytes() {
        int bytes = 0;
        for (Batch batch : batches) {
            bytes += batch.sizeInBytes();
        }
        return bytes;
    }

    /** The idempotent batches with their places, in order. */
    List<ProducerBatch> producerBatches() {
        List<ProducerBatch> result = new ArrayList<>();
        long offset = baseOffset;
        for (Batch batch : batches) {
            if (batch.isIdempotent()) {
                result.add(ProducerBatch.of(
                        batch.producerId(),
                        batch.producerEpoch(),
                        batch.baseSequence(),
                        offset,
                        batch.lastOffsetDelta()));
            }
            offset += batch.lastOffsetDelta() + 1L;
        }
        return result;
    }

    /** @throws IllegalStateException unless {@code found} are the headers of this entry's batches, in order */
    void requireMatch(List<BatchHeader> found) {
        if (found.size() != batches.size()) {
            throw new IllegalStateException(found.size() + " batches, the entry's header says " + batches.size());
        }
        for (int i = 0; i < batches.size(); i++) {
            Batch expected = batches.get(i);
            BatchHeader header = found.get(i);
            if (header.sizeInBytes() != expected.sizeInBytes() || header.crc() != expected.crc()) {
                throw new IllegalStateException("batch " + i + " has " + header.sizeInBytes() + " bytes and CRC "
                        + header.crc() + ", the entry's header says " + expected.sizeInBytes() + " and "
                        + expected.crc());
            }
        }
    }

    /**
     * As {@link #requireMatch}, and that they lie where the entry was placed: base offset and leader epoch are outside of a
     * batch's CRC.
     *
     * @param leaderEpoch the entry's term
     * @throws IllegalStateException when they do not
     */
    void requireStored(List<BatchHeader> found, int leaderEpoch) {
        requireMatch(found);
        long offset = baseOffset;
        for (BatchHeader header : found) {
            if (header.baseOffset() != offset || header.leaderEpoch() != leaderEpoch) {
                throw new IllegalStateException("batch with base offset " + header.baseOffset() + " and leader epoch "
                        + header.leaderEpoch() + ", the entry was placed at " + offset + " in epoch " + leaderEpoch);
            }
            offset = header.lastOffset() + 1;
        }
    }

    /** Whether {@link #requireStored} is content. */
    boolean isStored(List<BatchHeader> found, int leaderEpoch) {
        try {
            requireStored(found, leaderEpoch);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + batches.size() * BATCH_BYTES);
        out.put(VERSION).putLong(baseOffset).putInt(batches.size());
        for (Batch batch : batches) {
            out.putInt(batch.sizeInBytes())
                    .putInt(batch.lastOffsetDelta())
                    .putInt(batch.crc())
                    .putLong(batch.producerId())
                    .putShort(batch.producerEpoch())
                    .putInt(batch.baseSequence());
        }
        return out.array();
    }

    /** Writes the base offset into an encoded header, in place. */
    static void placeAt(byte[] encoded, long baseOffset) {
        ByteBuffer.wrap(encoded).putLong(BASE_OFFSET_POSITION, baseOffset);
    }

    /**
     * Decodes what {@link #encode} wrote.
     *
     * @throws IllegalArgumentException when the bytes are not a header of this version
     */
    static EntryHeader decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate();
        if (in.remaining() < FIXED_BYTES) {
            throw new IllegalArgumentException("entry header of " + in.remaining() + " bytes");
        }
        byte version = in.get();
        long baseOffset = in.getLong();
        int count = in.getInt();
        if (version != VERSION || count < 1 || count > MAX_BATCHES || in.remaining() != count * BATCH_BYTES) {
            throw new IllegalArgumentException("entry header version " + version + " with " + count + " batches in "
                    + encoded.remaining() + " bytes");
        }
        List<Batch> batches = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            batches.add(new Batch(in.getInt(), in.getInt(), in.getInt(), in.getLong(), in.getShort(), in.getInt()));
        }
        return new EntryHeader(baseOffset, batches);
    }
}
