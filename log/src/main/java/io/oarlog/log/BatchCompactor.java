package io.oarlog.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * Decides which records of a batch stay, by Kafka's rules, and makes the batch that holds these alone. Offsets, order,
 * producer fields, leader epoch and codec stay as they are. Shown the batches of one pass in order; confined to its caller.
 *
 * <p>A record goes when its key has a newer one below the end of the pass. A tombstone, a record without a value, goes once
 * the delete horizon of its batch is over; a batch gets one when it is cleaned for the first time (KIP-534). What is not
 * understood stays: records without a key, control batches, batches that cannot be read.
 *
 * <p>Whether the records of a transaction count is not known here. They go when something outside of a transaction
 * supersedes them, but supersede nothing, and their tombstones stay.
 */
final class BatchCompactor {
    private static final int FIRST_BUFFER_BYTES = 4 * 1024;

    private final NewestOffsets newest;
    private final long nowMillis;
    private final long deleteHorizon;
    private final BufferSupplier buffers = BufferSupplier.create();
    /** A batch was met that cannot be read: it may hold an older record of any key, which a tombstone has to go on hiding. */
    private boolean isAnyUnreadable;

    BatchCompactor(NewestOffsets newest, CompactionPolicy policy, long nowMillis) {
        this.newest = newest;
        this.nowMillis = nowMillis;
        this.deleteHorizon = policy.deleteHorizon(nowMillis);
    }

    /** What becomes of a batch. */
    sealed interface Outcome permits Unchanged, Rewritten, Emptied {}

    /** All of it stays, byte for byte. */
    record Unchanged() implements Outcome {}

    /** Other bytes take its place, of the same offsets. */
    record Rewritten(ByteBuffer bytes, int recordsRemoved) implements Outcome {}

    /** No record is left. */
    record Emptied(int recordsRemoved) implements Outcome {}

    Outcome compact(StoredBatch batch) {
        BatchHeader header = batch.header();
        if (header.isControl()) {
            return new Unchanged();
        }
        if (header.recordCount() == 0) {
            return new Emptied(0);
        }
        Survey survey = new Survey(header);
        if (!batch.forEach(buffers, survey::onRecord)) {
            isAnyUnreadable = true;
            return new Unchanged();
        }
        int removed = header.recordCount() - survey.kept;
        if (survey.kept == 0) {
            return new Emptied(removed);
        }
        boolean needsHorizon = survey.needsHorizon && !header.hasDeleteHorizon();
        if (removed == 0 && !needsHorizon) {
            return new Unchanged();
        }
        return rewrite(batch, needsHorizon ? deleteHorizon : header.deleteHorizon(), removed);
    }

    /** What a look at all records finds. */
    private final class Survey {
        private final BatchHeader header;
        private int kept;
        private boolean needsHorizon;

        Survey(BatchHeader header) {
            this.header = header;
        }

        void onRecord(Record record) {
            if (isKept(header, record)) {
                kept++;
                needsHorizon |= mayExpire(header, record);
            }
        }
    }

    private boolean isKept(BatchHeader header, Record record) {
        if (!record.hasKey()) {
            return true;
        }
        boolean isSuperseded = newest.offsetOf(record.key()) > record.offset();
        boolean isExpired = mayExpire(header, record)
                && header.hasDeleteHorizon()
                && nowMillis >= header.deleteHorizon()
                && !isAnyUnreadable;
        return !isSuperseded && !isExpired;
    }

    /** Behind the end of the pass older records of the same key are still there. */
    private boolean mayExpire(BatchHeader header, Record record) {
        return record.hasKey()
                && !record.hasValue()
                && !header.isTransactional()
                && record.offset() < newest.endOffset();
    }

    private Outcome rewrite(StoredBatch batch, long horizon, int removed) {
        BatchHeader header = batch.header();
        MutableRecordBatch from = batch.batch();
        ByteBufferOutputStream bytes =
                new ByteBufferOutputStream(Math.max(FIRST_BUFFER_BYTES, header.sizeInBytes() / 2));
        try (MemoryRecordsBuilder to = new MemoryRecordsBuilder(
                        bytes,
                        header.magic(),
                        Compression.of(from.compressionType()).build(),
                        from.timestampType(),
                        header.baseOffset(),
                        header.maxTimestamp(),
                        header.producerId(),
                        header.producerEpoch(),
                        header.baseSequence(),
                        header.isTransactional(),
                        false,
                        header.leaderEpoch(),
                        Integer.MAX_VALUE,
                        horizon);
                CloseableIterator<Record> records = batch.records(buffers)) {
            while (records.hasNext()) {
                Record record = records.next();
                if (isKept(header, record)) {
                    to.appendWithOffset(record.offset(), record);
                }
            }
            to.overrideLastOffset(header.lastOffset());
            return new Rewritten(to.build().buffer(), removed);
        } catch (KafkaException | IllegalArgumentException e) {
            // Kafka's codecs read some things that they do not write, a timestamp below zero for one.
            isAnyUnreadable = true;
            return new Unchanged();
        }
    }

    /**
     * A batch without a record in the place of some, so that offsets stay without gaps: readers step over it. It keeps the
     * largest timestamp, or a segment of such batches alone would never be old, and the last one's producer and sequence.
     *
     * @param last of them
     */
    static ByteBuffer emptyBatch(long baseOffset, long maxTimestamp, BatchHeader last) {
        int lastOffsetDelta = Math.toIntExact(last.lastOffset() - baseOffset);
        ByteBuffer bytes = ByteBuffer.allocate(BatchHeader.BYTES);
        DefaultRecordBatch.writeEmptyHeader(
                bytes,
                last.magic(),
                last.producerId(),
                last.producerEpoch(),
                baseSequence(last, lastOffsetDelta),
                baseOffset,
                last.lastOffset(),
                last.leaderEpoch(),
                TimestampType.CREATE_TIME,
                maxTimestamp,
                last.isTransactional(),
                false);
        return bytes.rewind().limit(BatchHeader.BYTES);
    }

    /** The one with which the last sequence stays what it was. */
    private static int baseSequence(BatchHeader last, int lastOffsetDelta) {
        return last.baseSequence() < 0
                ? last.baseSequence()
                : DefaultRecordBatch.decrementSequence(last.baseSequence(), lastOffsetDelta - last.lastOffsetDelta());
    }
}
