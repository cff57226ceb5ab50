package io.oarlog.client;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Records of one partition that are stored together or not at all. Filled under the lock of its {@link PartitionQueue},
 * then confined to the event loop.
 *
 * <p>Its records' futures complete once, with {@link #succeed} or {@link #fail}; after that the batch may still be in
 * flight, and what the broker says of it then still counts for the sequence.
 */
final class ProducerBatch {
    /** @param timestamp ms since the epoch */
    private record Pending(CompletableFuture<RecordMetadata> future, long timestamp) {}

    private static final long NO_POSITION = -1;

    private final TopicPartition partition;
    private final Compression compression;
    private final long createdNanos;
    private final long deadlineNanos;
    private final MemoryRecordsBuilder builder;
    private final List<Pending> records = new ArrayList<>();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private @Nullable ProducerIdentity identity;
    private int baseSequence = RecordBatch.NO_SEQUENCE;
    private long position = NO_POSITION;
    private boolean mayBeStored;
    private @Nullable Throwable lastFailure;

    /** @param buffer where the records go; grows if it must */
    ProducerBatch(
            TopicPartition partition,
            Compression compression,
            ByteBuffer buffer,
            long createdNanos,
            long deadlineNanos) {
        this.partition = partition;
        this.compression = compression;
        this.createdNanos = createdNanos;
        this.deadlineNanos = deadlineNanos;
        this.builder = MemoryRecords.builder(
                buffer,
                org.apache.kafka.common.compress.Compression.of(compression.wireType())
                        .build(),
                TimestampType.CREATE_TIME,
                0L);
    }

    /** Null when there is no room; a batch without records has room for any. */
    @Nullable
    CompletableFuture<RecordMetadata> tryAppend(long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
        if (!builder.hasRoomFor(timestamp, key, value, Record.EMPTY_HEADERS)) {
            return null;
        }
        builder.append(timestamp, key, value);
        CompletableFuture<RecordMetadata> future = new CompletableFuture<>();
        records.add(new Pending(future, timestamp));
        return future;
    }

    /** Takes no more records; compression ends here, on the caller's thread. */
    void seal() {
        builder.closeForRecordAppends();
    }

    TopicPartition partition() {
        return partition;
    }

    long createdNanos() {
        return createdNanos;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    int recordCount() {
        return records.size();
    }

    /** Completes, never with a failure, after all the records' futures have. */
    CompletableFuture<Void> done() {
        return done;
    }

    /** Number of the first record in the order of the partition's sends; negative before the batch is first sent. */
    long position() {
        return position;
    }

    void placeAt(long newPosition) {
        position = newPosition;
    }

    /** Under which identity the batch is numbered; null while it is not. */
    @Nullable
    ProducerIdentity identity() {
        return identity;
    }

    /** Numbers the records; again only when they are known not to be stored under the number before. */
    void number(ProducerIdentity newIdentity, int newBaseSequence) {
        identity = newIdentity;
        baseSequence = newBaseSequence;
        builder.reopenAndRewriteProducerState(newIdentity.id(), newIdentity.epoch(), newBaseSequence, false);
    }

    /** The bytes to send. */
    MemoryRecords toRecords() {
        return builder.build();
    }

    /** Whether an attempt to send ended without a clear answer. */
    boolean mayBeStored() {
        return mayBeStored;
    }

    void setMayBeStored(boolean possible) {
        mayBeStored = possible;
    }

    @Nullable
    Throwable lastFailure() {
        return lastFailure;
    }

    void setLastFailure(Throwable failure) {
        lastFailure = failure;
    }

    /**
     * The same records in two batches, which take over futures, numbers and place. Nothing else may be done with this
     * batch, which is done when both are.
     */
    List<ProducerBatch> split() {
        if (records.size() < 2) {
            throw new IllegalStateException("a batch of one record cannot be split");
        }
        int middle = records.size() / 2;
        ProducerBatch first = half(0, middle);
        ProducerBatch second = half(middle, records.size());
        var unused = CompletableFuture.allOf(first.done, second.done).thenRun(() -> done.complete(null));
        return List.of(first, second);
    }

    private ProducerBatch half(int from, int toExclusive) {
        ByteBuffer buffer = ByteBuffer.allocate(toRecords().sizeInBytes());
        ProducerBatch half = new ProducerBatch(partition, compression, buffer, createdNanos, deadlineNanos);
        int index = 0;
        for (Record record : toRecords().records()) {
            if (index >= from && index < toExclusive) {
                half.builder.append(record.timestamp(), record.key(), record.value());
                half.records.add(records.get(index));
            }
            index++;
        }
        half.mayBeStored = mayBeStored;
        half.position = position < 0 ? position : position + from;
        if (identity != null) {
            half.number(identity, sequenceAfter(baseSequence, from));
        }
        return half;
    }

    /** Sequences go from 0 to 2^31 - 1 and round again. */
    static int sequenceAfter(int sequence, int records) {
        return (int) (((long) sequence + records) & Integer.MAX_VALUE);
    }

    boolean isDone() {
        return done.isDone();
    }

    /**
     * @param baseOffset of the first record, negative when not known
     * @param logAppendTime ms since the epoch, negative when the records' own timestamps hold
     */
    void succeed(long baseOffset, long logAppendTime) {
        for (int i = 0; i < records.size(); i++) {
            Pending record = records.get(i);
            long offset = baseOffset < 0 ? RecordMetadata.UNKNOWN_OFFSET : baseOffset + i;
            long timestamp = logAppendTime < 0 ? record.timestamp() : logAppendTime;
            record.future().complete(new RecordMetadata(partition.topic(), partition.partition(), offset, timestamp));
        }
        done.complete(null);
    }

    void fail(OarlogException failure) {
        records.forEach(record -> record.future().completeExceptionally(failure));
        done.complete(null);
    }
}
