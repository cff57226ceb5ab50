package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/** Looks for records without a key, which a compaction never removes, before a batch is taken into a compacted log. */
public final class RecordKeys {
    /** Whoever waits for the answer is not kept for long by a small batch that is unpacked to a giant. */
    private static final long MAX_UNPACKED_BYTES = 256L * 1024 * 1024;

    /** A small batch may unpack to millions without a key: no more are told one by one. */
    static final int MAX_NAMED = 1_000;

    private final List<Integer> named = new ArrayList<>();
    private int missing;
    private int records;
    private long unpackedBytes;

    private RecordKeys() {}

    /**
     * The records of a batch that have no key. Immutable.
     *
     * @param count of all of them
     * @param first their places in the batch, in order, of a thousand at most
     */
    public record Missing(int count, List<Integer> first) {
        public Missing {
            first = List.copyOf(first);
        }
    }

    /**
     * Looks at all records of a batch.
     *
     * @param batch from position to limit, whole and with the right checksum; left untouched
     * @param header of it
     * @throws InvalidBatchException when a compaction could not read the records, or not before they take much room
     */
    public static Missing missingIn(ByteBuffer batch, BatchHeader header) {
        RecordKeys keys = new RecordKeys();
        if (!new StoredBatch(header, batch).forEach(BufferSupplier.NO_CACHING, keys::onRecord)) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.INVALID,
                    "the records cannot be read, or are not as many as the header says");
        }
        return new Missing(keys.missing, keys.named);
    }

    private void onRecord(Record record) {
        unpackedBytes += record.sizeInBytes();
        if (unpackedBytes > MAX_UNPACKED_BYTES) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.INVALID,
                    "the records take more than " + MAX_UNPACKED_BYTES + " bytes unpacked");
        }
        if (!record.hasKey()) {
            missing++;
            if (named.size() < MAX_NAMED) {
                named.add(records);
            }
        }
        records++;
    }
}
