package io.oarlog.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * What one pass of a compaction knows: the newest offset of each key in a part of the log, from where the last pass ended to
 * as far as the memory reaches. Confined to its caller.
 */
final class NewestOffsets {
    private final KeyOffsets offsets;
    private final long fromOffset;
    private final BufferSupplier buffers = BufferSupplier.create();
    private long endOffset;
    private boolean isFull;

    /** @param endOffset where the part is to end */
    NewestOffsets(long fromOffset, long endOffset, int maxBytes) {
        this.offsets = new KeyOffsets(maxBytes, endOffset - fromOffset);
        this.fromOffset = fromOffset;
        this.endOffset = endOffset;
    }

    /** Takes the keys of the next batch. Once the memory is full the part ends before the first record that did not fit. */
    void add(StoredBatch batch) {
        BatchHeader header = batch.header();
        // All of them before any: a batch that consumers cannot read must not supersede what they can.
        boolean isCounted = !header.isControl() && !header.isTransactional() && batch.forEach(buffers, record -> {});
        if (!isCounted) {
            return;
        }
        try (CloseableIterator<Record> records = batch.records(buffers)) {
            while (records.hasNext()) {
                Record record = records.next();
                // The first batch may reach below the part.
                boolean isWanted = record.hasKey() && record.offset() >= fromOffset;
                if (isWanted && !offsets.put(record.key(), record.offset())) {
                    endOffset = record.offset();
                    isFull = true;
                    return;
                }
            }
        }
    }

    /** Where the part begins, inclusive. */
    long fromOffset() {
        return fromOffset;
    }

    boolean isFull() {
        return isFull;
    }

    /** Where the part ends, exclusive; final once it is full. */
    long endOffset() {
        return endOffset;
    }

    /** The newest offset of a key in the part, or {@link KeyOffsets#NONE}. */
    long offsetOf(ByteBuffer key) {
        return offsets.offsetOf(key);
    }
}
