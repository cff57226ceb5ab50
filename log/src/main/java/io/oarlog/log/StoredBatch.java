package io.oarlog.log;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * A whole batch whose records can be looked at, unpacked one by one with Kafka's own codecs. Confined to its caller.
 *
 * @param header of the batch
 * @param bytes of the batch from position to limit, left untouched
 */
record StoredBatch(BatchHeader header, ByteBuffer bytes) {
    /** A packed record that says that it is larger is not read, as what it says is allocated at once. */
    private static final int MAX_RECORD_BYTES = 16 * 1024 * 1024;

    /** To be closed. What is wrong with the records shows while they are gone through, as any {@link RuntimeException}. */
    CloseableIterator<Record> records(BufferSupplier buffers) {
        return batch().streamingIterator(buffers, MAX_RECORD_BYTES);
    }

    /** As Kafka's codecs see it. */
    MutableRecordBatch batch() {
        Iterator<MutableRecordBatch> batches =
                MemoryRecords.readableRecords(bytes.slice()).batches().iterator();
        return batches.next();
    }

    /**
     * Shows all records, if they can be read, as many as the header says, at rising offsets within the batch. A producer may
     * have sent anything in a batch with a sound checksum.
     *
     * @return false when they cannot; some may have been shown
     */
    boolean forEach(BufferSupplier buffers, Consumer<Record> consumer) {
        int count = 0;
        long lastOffset = header.baseOffset() - 1;
        try (CloseableIterator<Record> records = records(buffers)) {
            while (records.hasNext()) {
                Record record = records.next();
                if (record.offset() <= lastOffset || record.offset() > header.lastOffset()) {
                    return false;
                }
                lastOffset = record.offset();
                count++;
                consumer.accept(record);
            }
        } catch (KafkaException | IllegalArgumentException | IndexOutOfBoundsException | BufferUnderflowException e) {
            return false;
        }
        return count == header.recordCount();
    }
}
