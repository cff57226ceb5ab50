package io.oarlog.log;

import java.nio.ByteBuffer;

/**
 * The fixed header of one record batch, magic 2 (KIP-98). Immutable.
 *
 * <pre>
 * offset size field
 *      0    8 base offset
 *      8    4 batch length: bytes after this field
 *     12    4 partition leader epoch
 *     16    1 magic (2)
 *     17    4 CRC-32C of everything from attributes to the end
 *     21    2 attributes: bits 0-2 compression, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
 *     23    4 last offset delta
 *     27    8 base timestamp
 *     35    8 max timestamp
 *     43    8 producer id (-1: none)
 *     51    2 producer epoch
 *     53    4 base sequence
 *     57    4 record count
 * </pre>
 *
 * @param sizeInBytes of the whole batch, header included
 * @param baseSequence -1 when the producer is not idempotent
 */
public record BatchHeader(
        long baseOffset,
        int sizeInBytes,
        int leaderEpoch,
        byte magic,
        int crc,
        short attributes,
        int lastOffsetDelta,
        long baseTimestamp,
        long maxTimestamp,
        long producerId,
        short producerEpoch,
        int baseSequence,
        int recordCount) {
    /** Bytes of the fixed header. */
    public static final int BYTES = 61;

    static final int LENGTH_POSITION = 8;
    static final int LENGTH_END = 12;
    static final int LEADER_EPOCH_POSITION = 12;
    static final int MAGIC_POSITION = 16;
    static final int CRC_POSITION = 17;
    static final int ATTRIBUTES_POSITION = 21;
    static final int LAST_OFFSET_DELTA_POSITION = 23;
    static final int MAX_TIMESTAMP_POSITION = 35;

    static final int LOG_APPEND_TIME = 0x08;
    private static final int TRANSACTIONAL = 0x10;
    private static final int CONTROL = 0x20;
    private static final int DELETE_HORIZON = 0x40;

    /**
     * Reads the header at an absolute position; the buffer's position is left untouched.
     *
     * @throws IndexOutOfBoundsException when fewer than {@link #BYTES} bytes are there
     */
    public static BatchHeader read(ByteBuffer buffer, int position) {
        return new BatchHeader(
                buffer.getLong(position),
                buffer.getInt(position + LENGTH_POSITION) + LENGTH_END,
                buffer.getInt(position + LEADER_EPOCH_POSITION),
                buffer.get(position + MAGIC_POSITION),
                buffer.getInt(position + CRC_POSITION),
                buffer.getShort(position + ATTRIBUTES_POSITION),
                buffer.getInt(position + LAST_OFFSET_DELTA_POSITION),
                buffer.getLong(position + 27),
                buffer.getLong(position + MAX_TIMESTAMP_POSITION),
                buffer.getLong(position + 43),
                buffer.getShort(position + 51),
                buffer.getInt(position + 53),
                buffer.getInt(position + 57));
    }

    /** Offset of the last record, inclusive. */
    public long lastOffset() {
        return baseOffset + lastOffsetDelta;
    }

    /** Offset after the last record. */
    public long nextOffset() {
        return lastOffset() + 1;
    }

    public boolean isIdempotent() {
        return producerId >= 0;
    }

    /** Whether all records have the max timestamp: the time at which a broker took the batch, not the producer's. */
    public boolean isLogAppendTime() {
        return (attributes & LOG_APPEND_TIME) != 0;
    }

    public boolean isTransactional() {
        return (attributes & TRANSACTIONAL) != 0;
    }

    public boolean isControl() {
        return (attributes & CONTROL) != 0;
    }

    /** Whether the base timestamp is the time until when the batch's tombstones stay (KIP-534). */
    boolean hasDeleteHorizon() {
        return (attributes & DELETE_HORIZON) != 0;
    }

    /** In ms since the epoch, or -1 when the batch has none. */
    long deleteHorizon() {
        return hasDeleteHorizon() ? baseTimestamp : -1;
    }

    /** The same batch at another place of the log. */
    public BatchHeader withPlace(long newBaseOffset, int newLeaderEpoch) {
        return new BatchHeader(
                newBaseOffset,
                sizeInBytes,
                newLeaderEpoch,
                magic,
                crc,
                attributes,
                lastOffsetDelta,
                baseTimestamp,
                maxTimestamp,
                producerId,
                producerEpoch,
                baseSequence,
                recordCount);
    }
}
