package io.oarlog.client;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Gathers records into batches by partition, within a bound of memory. Thread-safe: callers append, the event loop takes
 * batches out of the queues.
 */
final class RecordAccumulator {
    private final ProducerSettings settings;
    private final IoLoop loop;
    private final Clock clock;
    private final BiConsumer<TopicPartition, PartitionQueue> onBatch;
    private final BatchMemory memory;
    private final Partitioner partitioner;
    private final Map<TopicPartition, PartitionQueue> queues = new ConcurrentHashMap<>();
    private final Set<ProducerBatch> undone = ConcurrentHashMap.newKeySet();

    /** @param onBatch told by the appending thread of each batch that was begun or became full */
    RecordAccumulator(
            ProducerSettings settings,
            IoLoop loop,
            Clock clock,
            Partitioner partitioner,
            BiConsumer<TopicPartition, PartitionQueue> onBatch) {
        this.settings = settings;
        this.loop = loop;
        this.clock = clock;
        this.partitioner = partitioner;
        this.onBatch = onBatch;
        this.memory = new BatchMemory(settings.batchBytes(), settings.bufferBytes());
    }

    /**
     * Appends a record; waits for room.
     *
     * @param partitionCount of the topic; not used when the record names its partition
     * @param deadlineNanos bound on the wait and on the record's delivery
     * @throws NotSentException when there was no room in time
     * @throws RejectedRecordException when there cannot be room
     */
    CompletableFuture<RecordMetadata> append(
            ProducerRecord record, int partitionCount, long deadlineNanos, long waitNanos) throws InterruptedException {
        long timestamp = clock.millis();
        boolean anywhere = record.partition() == null && record.key() == null;
        TopicPartition partition = new TopicPartition(record.topic(), choose(record, partitionCount));
        CompletableFuture<RecordMetadata> appended = tryAppend(partition, timestamp, record);
        if (appended == null && anywhere) {
            int next = partitioner.next(record.topic(), partition.partition(), partitionCount);
            partition = new TopicPartition(record.topic(), next);
            appended = tryAppend(partition, timestamp, record);
        }
        return appended != null ? appended : appendFresh(partition, timestamp, record, deadlineNanos, waitNanos);
    }

    private int choose(ProducerRecord record, int partitionCount) {
        Integer named = record.partition();
        if (named != null) {
            return named;
        }
        byte[] key = record.key();
        return key == null
                ? partitioner.current(record.topic(), partitionCount)
                : Partitioner.forKey(key, partitionCount);
    }

    private @Nullable CompletableFuture<RecordMetadata> tryAppend(
            TopicPartition partition, long timestamp, ProducerRecord record) {
        PartitionQueue queue = queue(partition);
        CompletableFuture<RecordMetadata> appended = queue.tryAppend(timestamp, record);
        if (appended == null) {
            onBatch.accept(partition, queue);
        }
        return appended;
    }

    private CompletableFuture<RecordMetadata> appendFresh(
            TopicPartition partition, long timestamp, ProducerRecord record, long deadlineNanos, long waitNanos)
            throws InterruptedException {
        int bytes = AbstractRecords.estimateSizeInBytesUpperBound(
                RecordBatch.CURRENT_MAGIC_VALUE,
                settings.compression().wireType(),
                record.key(),
                record.value(),
                Record.EMPTY_HEADERS);
        if (!memory.canHold(bytes)) {
            throw new RejectedRecordException(
                    "a record of " + bytes + " bytes does not fit the buffer of " + settings.bufferBytes(), null);
        }
        ByteBuffer buffer = memory.take(bytes, waitNanos);
        if (buffer == null) {
            throw new NotSentException("the buffer of " + settings.bufferBytes() + " bytes was full until now", null);
        }
        PartitionQueue queue = queue(partition);
        // Another thread may have begun a batch while this one waited.
        CompletableFuture<RecordMetadata> joined = queue.tryAppend(timestamp, record);
        if (joined != null) {
            memory.giveBack(buffer);
            return joined;
        }
        ProducerBatch batch =
                new ProducerBatch(partition, settings.compression(), buffer, loop.nowNanos(), deadlineNanos);
        CompletableFuture<RecordMetadata> appended = batch.tryAppend(timestamp, record.key(), record.value());
        undone.add(batch);
        var unused = batch.done().thenRun(() -> {
            undone.remove(batch);
            memory.giveBack(buffer);
        });
        if (appended == null || !queue.add(batch)) {
            NotSentException closed = new NotSentException("the producer is closed", null);
            batch.fail(closed);
            throw closed;
        }
        onBatch.accept(partition, queue);
        return appended;
    }

    private PartitionQueue queue(TopicPartition partition) {
        return queues.computeIfAbsent(partition, p -> new PartitionQueue());
    }

    /** Completes when every record that was appended before has its outcome. */
    CompletableFuture<Void> whenAllDone() {
        return CompletableFuture.allOf(undone.stream().map(ProducerBatch::done).toArray(CompletableFuture<?>[]::new));
    }

    /** Takes no more records, wakes those who wait for room; returns what was never sent. */
    List<ProducerBatch> close() {
        memory.close();
        List<ProducerBatch> left = new ArrayList<>();
        queues.values().forEach(queue -> left.addAll(queue.close()));
        return left;
    }
}
