package io.oarlog.client;

import java.util.Iterator;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * Takes the records out of fetched batches, which are checked one by one when their turn comes. Confined to the thread
 * that polls.
 */
final class BatchReader {
    private final TopicPartition partition;
    private final long run;
    private final int sizeInBytes;
    private final Iterator<MutableRecordBatch> batches;
    private final BufferSupplier decompressionBuffers;
    private long position;
    private @Nullable MutableRecordBatch batch;
    private @Nullable CloseableIterator<Record> records;

    /** @param position records before it are skipped */
    BatchReader(
            TopicPartition partition,
            long run,
            MemoryRecords fetched,
            long position,
            BufferSupplier decompressionBuffers) {
        this.partition = partition;
        this.run = run;
        this.sizeInBytes = fetched.sizeInBytes();
        this.batches = fetched.batches().iterator();
        this.position = position;
        this.decompressionBuffers = decompressionBuffers;
    }

    TopicPartition partition() {
        return partition;
    }

    long run() {
        return run;
    }

    int sizeInBytes() {
        return sizeInBytes;
    }

    /** The offset after the last record or batch that was read. */
    long position() {
        return position;
    }

    /**
     * Adds records until {@code out} holds {@code limit} of them or all are read. On an exception what was added before
     * stays, and the position is behind it.
     *
     * @return whether all are read
     * @throws CorruptRecordException for a batch whose checksum or structure is wrong; again at each further call
     * @throws MissingCodecException for one that cannot be decompressed here; likewise
     */
    boolean read(int limit, List<ConsumedRecord> out) {
        try {
            while (out.size() < limit) {
                if (batch == null && !batches.hasNext()) {
                    return true;
                }
                MutableRecordBatch current = batch != null ? batch : batches.next();
                batch = current;
                readBatch(current, limit, out);
            }
            return batch == null && !batches.hasNext();
        } catch (RuntimeException | LinkageError e) {
            close();
            MissingCodecException missing = batch == null ? null : Codecs.missing(batch.compressionType(), e);
            throw missing == null ? new CorruptRecordException(partition, position, e) : missing;
        }
    }

    private void readBatch(MutableRecordBatch current, int limit, List<ConsumedRecord> out) {
        CloseableIterator<Record> iterator = records;
        if (iterator == null) {
            current.ensureValid();
            if (current.isControlBatch() || current.lastOffset() < position) {
                endBatch(current);
                return;
            }
            iterator = current.streamingIterator(decompressionBuffers);
            records = iterator;
        }
        while (out.size() < limit && iterator.hasNext()) {
            Record record = iterator.next();
            if (record.offset() >= position) {
                out.add(new ConsumedRecord(
                        partition.topic(),
                        partition.partition(),
                        record.offset(),
                        record.timestamp(),
                        Utils.toNullableArray(record.key()),
                        Utils.toNullableArray(record.value())));
                position = record.offset() + 1;
            }
        }
        if (!iterator.hasNext()) {
            endBatch(current);
        }
    }

    /** Records at the end of a batch can be gone by compaction, and control batches have none for the caller. */
    private void endBatch(MutableRecordBatch current) {
        position = Math.max(position, current.lastOffset() + 1);
        batch = null;
        close();
    }

    /** Gives back what decompression holds; the batch is begun again if it is read on. */
    void close() {
        if (records != null) {
            records.close();
            records = null;
        }
    }
}
