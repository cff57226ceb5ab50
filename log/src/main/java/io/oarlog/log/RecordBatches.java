package io.oarlog.log;

import io.oarlog.log.InvalidBatchException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.CRC32C;

/** Record batches, magic 2 (KIP-98), as bytes: checked once where they come in, placed in the log without a copy. */
public final class RecordBatches {
    static final byte MAGIC = 2;

    private static final int COMPRESSION_MASK = 0x07;
    private static final int MAX_COMPRESSION_CODEC = 4;
    /** Length, attributes, timestamp delta, offset delta, key length, value length, header count: one byte each. */
    private static final int MIN_RECORD_BYTES = 7;

    private RecordBatches() {}

    /**
     * Checks that every byte from position to limit belongs to a whole, sound batch that a client may send: lengths, magic,
     * size, CRC-32C, counts, producer fields, a known compression codec, nothing that brokers alone write (control batches,
     * delete horizons). Records are not looked into.
     *
     * @param bytes read without a copy; position and limit are left untouched
     * @return the headers in order; none when there are no bytes
     * @throws InvalidBatchException at the first fault, with its position in the buffer
     */
    public static List<BatchHeader> validate(ByteBuffer bytes, int maxBatchBytes) {
        // After the checksum: a damaged field is damage, not a client that breaks a rule.
        return read(bytes, maxBatchBytes, RecordBatches::ruleDefect);
    }

    /** As {@link #validate}, of what brokers wrote themselves as well, as compaction does. */
    public static List<BatchHeader> validateStored(ByteBuffer bytes) {
        return read(bytes, Integer.MAX_VALUE, header -> Optional.empty());
    }

    private static List<BatchHeader> read(
            ByteBuffer bytes, int maxBatchBytes, Function<BatchHeader, Optional<Defect>> rules) {
        ByteBuffer view = bytes.duplicate();
        List<BatchHeader> headers = new ArrayList<>();
        int position = view.position();
        while (position < view.limit()) {
            int start = position;
            frameDefect(view, start, view.limit() - start).ifPresent(defect -> reject(start, defect));
            BatchHeader header = BatchHeader.read(view, start);
            sizeDefect(header, maxBatchBytes).ifPresent(defect -> reject(start, defect));
            CRC32C crc = checksum(view, start, header.sizeInBytes());
            crcDefect(header, crc).ifPresent(defect -> reject(start, defect));
            rules.apply(header).ifPresent(defect -> reject(start, defect));
            headers.add(header);
            position += header.sizeInBytes();
        }
        return headers;
    }

    /**
     * Writes a batch's place into its header. Neither field is covered by the checksum.
     *
     * @param position of the batch in the buffer; the buffer's own position and limit are left untouched
     */
    public static void placeAt(ByteBuffer bytes, int position, long baseOffset, int leaderEpoch) {
        bytes.duplicate()
                .putLong(position, baseOffset)
                .putInt(position + BatchHeader.LEADER_EPOCH_POSITION, leaderEpoch);
    }

    /**
     * Gives all records of a batch the time at which the broker takes it in place of the producer's (KIP-32), and the batch
     * its new checksum. The records' bytes stay as they are.
     *
     * @param position of a whole batch in the buffer; the buffer's own position and limit are left untouched
     * @return the header as it is now
     */
    public static BatchHeader setLogAppendTime(ByteBuffer bytes, int position, long timestamp) {
        ByteBuffer view = bytes.duplicate();
        BatchHeader before = BatchHeader.read(view, position);
        view.putShort(position + BatchHeader.ATTRIBUTES_POSITION, (short)
                (before.attributes() | BatchHeader.LOG_APPEND_TIME));
        view.putLong(position + BatchHeader.MAX_TIMESTAMP_POSITION, timestamp);
        CRC32C crc = checksum(view, position, before.sizeInBytes());
        view.putInt(position + BatchHeader.CRC_POSITION, (int) crc.getValue());
        return BatchHeader.read(view, position);
    }

    private static CRC32C checksum(ByteBuffer view, int position, int sizeInBytes) {
        CRC32C crc = new CRC32C();
        crc.update(
                view.slice(position + BatchHeader.ATTRIBUTES_POSITION, sizeInBytes - BatchHeader.ATTRIBUTES_POSITION));
        return crc;
    }

    /**
     * What keeps the bytes at {@code position} from being framed as a batch: after this found nothing, the header can be
     * read and its length trusted.
     *
     * @param available bytes from {@code position} to the end of the data; the buffer holds at least a header of them
     */
    static Optional<Defect> frameDefect(ByteBuffer bytes, int position, long available) {
        // The magic byte has the same place in all formats, and old batches can be smaller than our header.
        if (available > BatchHeader.MAGIC_POSITION) {
            byte magic = bytes.get(position + BatchHeader.MAGIC_POSITION);
            if (magic != MAGIC) {
                return Optional.of(new Defect(Reason.UNSUPPORTED_MAGIC, "magic " + MAGIC, String.valueOf(magic)));
            }
        }
        if (available < BatchHeader.BYTES) {
            return Optional.of(Defect.corrupt("a header of " + BatchHeader.BYTES + " bytes", available + " bytes"));
        }
        long size = bytes.getInt(position + BatchHeader.LENGTH_POSITION) + (long) BatchHeader.LENGTH_END;
        if (size < BatchHeader.BYTES || size > available) {
            return Optional.of(Defect.corrupt("a batch of " + BatchHeader.BYTES + " to " + available + " bytes", size));
        }
        int lastOffsetDelta = bytes.getInt(position + BatchHeader.LAST_OFFSET_DELTA_POSITION);
        return lastOffsetDelta < 0
                ? Optional.of(Defect.corrupt("a last offset delta of 0 or more", lastOffsetDelta))
                : Optional.empty();
    }

    /** @param crc after everything from the attributes to the end went into it */
    static Optional<Defect> crcDefect(BatchHeader header, CRC32C crc) {
        int found = (int) crc.getValue();
        return found == header.crc()
                ? Optional.empty()
                : Optional.of(Defect.corrupt("CRC " + Integer.toHexString(header.crc()), Integer.toHexString(found)));
    }

    static boolean isCompressed(BatchHeader header) {
        return (header.attributes() & COMPRESSION_MASK) != 0;
    }

    private static Optional<Defect> sizeDefect(BatchHeader header, int maxBatchBytes) {
        return header.sizeInBytes() <= maxBatchBytes
                ? Optional.empty()
                : Optional.of(new Defect(
                        Reason.TOO_LARGE, "at most " + maxBatchBytes + " bytes", String.valueOf(header.sizeInBytes())));
    }

    private static Optional<Defect> ruleDefect(BatchHeader header) {
        if (header.recordCount() < 1 || header.recordCount() != header.lastOffsetDelta() + 1L) {
            return Optional.of(Defect.invalid(
                    "a record count of last offset delta + 1 = " + (header.lastOffsetDelta() + 1L),
                    header.recordCount()));
        }
        if ((header.attributes() & COMPRESSION_MASK) > MAX_COMPRESSION_CODEC) {
            return Optional.of(Defect.invalid(
                    "a compression codec of 0 to " + MAX_COMPRESSION_CODEC, header.attributes() & COMPRESSION_MASK));
        }
        // Offsets are given out by this count: without the check 61 bytes could claim two billion of them.
        int maxRecords = (header.sizeInBytes() - BatchHeader.BYTES) / MIN_RECORD_BYTES;
        if (!isCompressed(header) && header.recordCount() > maxRecords) {
            return Optional.of(Defect.invalid(
                    "at most " + maxRecords + " records in " + header.sizeInBytes() + " bytes", header.recordCount()));
        }
        if (header.isControl()) {
            return Optional.of(Defect.invalid("no control batch from a client", "one"));
        }
        if (header.hasDeleteHorizon()) {
            return Optional.of(Defect.invalid("no delete horizon from a client", "one"));
        }
        if (header.isIdempotent() && (header.producerEpoch() < 0 || header.baseSequence() < 0)) {
            return Optional.of(Defect.invalid(
                    "producer epoch and base sequence of 0 or more",
                    header.producerEpoch() + " and " + header.baseSequence()));
        }
        return Optional.empty();
    }

    private static void reject(int position, Defect defect) {
        throw new InvalidBatchException(defect.reason(), defect.at(position));
    }
}
