package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Finds a record by its time inside one batch.
 *
 * <p>Records of an uncompressed batch are walked. Compressed ones are not unpacked: the log knows no codec. Their batch
 * answers with its first record, which is exact when that one is young enough, and else a place from which a reader misses
 * no record as young as asked for.
 *
 * <pre>
 * record (KIP-98): length varint, attributes 1 byte, timestamp delta varlong, offset delta varint, key, value, headers
 * </pre>
 */
final class RecordTimestamps {
    private RecordTimestamps() {}

    /** Whether the answer takes more than the header. */
    static boolean needsRecords(BatchHeader header) {
        return !RecordBatches.isCompressed(header) && !header.isLogAppendTime();
    }

    /**
     * The answer of a batch whose records are not looked at, and whose largest timestamp is {@code timestamp} or more.
     *
     * @param fromOffset not after the batch's last one
     */
    static TimestampOffset firstOf(BatchHeader header, long timestamp, long fromOffset) {
        boolean isFirstRecordYoung =
                !header.isLogAppendTime() && !header.hasDeleteHorizon() && header.baseTimestamp() >= timestamp;
        return new TimestampOffset(
                isFirstRecordYoung ? header.baseTimestamp() : header.maxTimestamp(),
                Math.max(header.baseOffset(), fromOffset),
                header.leaderEpoch());
    }

    /**
     * The first record from an offset on that is {@code timestamp} or younger.
     *
     * @param batch a whole uncompressed batch from position to limit, left untouched
     */
    static Optional<TimestampOffset> firstAtOrAfter(
            ByteBuffer batch, BatchHeader header, long timestamp, long fromOffset) {
        ByteBuffer records =
                batch.slice(batch.position() + BatchHeader.BYTES, header.sizeInBytes() - BatchHeader.BYTES);
        for (int i = 0; i < header.recordCount() && records.hasRemaining(); i++) {
            long length = readVarlong(records);
            int next = (int) Math.min(Math.max(records.position() + length, 0), records.limit());
            if (length < 3 || next - records.position() < length) {
                // The checksum fits, so a client wrote it so. Its consumers will say so; the search does not.
                return Optional.of(firstOf(header, timestamp, fromOffset));
            }
            records.get();
            long recordTimestamp = header.baseTimestamp() + readVarlong(records);
            long offset = header.baseOffset() + readVarlong(records);
            boolean isInRange = offset >= Math.max(header.baseOffset(), fromOffset) && offset <= header.lastOffset();
            if (recordTimestamp >= timestamp && isInRange) {
                return Optional.of(new TimestampOffset(recordTimestamp, offset, header.leaderEpoch()));
            }
            records.position(next);
        }
        return Optional.empty();
    }

    /** Zigzag, 7 bits a byte, lowest first. Past the end it reads zeros: nothing here may fail on a client's bytes. */
    private static long readVarlong(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE && bytes.hasRemaining(); shift += 7) {
            byte next = bytes.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                break;
            }
        }
        return (value >>> 1) ^ -(value & 1);
    }
}
