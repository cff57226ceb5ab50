package io.oarlog.server.api;

import io.oarlog.log.InvalidBatchException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * The records of a batch that a compacted topic does not take: those without a key, which nothing ever supersedes. Immutable.
 *
 * @param indexes in the batch, in order
 */
record KeylessRecords(List<Integer> indexes) {
    static final KeylessRecords NONE = new KeylessRecords(List.of());

    /** How many are told one by one. */
    private static final int MAX_NAMED = 3;

    KeylessRecords {
        indexes = List.copyOf(indexes);
    }

    /**
     * Looks into a batch.
     *
     * @param batch one whole batch whose checksum is right, from position to limit; left untouched
     * @throws InvalidBatchException when its records cannot be read
     */
    static KeylessRecords in(ByteBuffer batch) {
        List<Integer> found = new ArrayList<>();
        for (MutableRecordBatch one :
                MemoryRecords.readableRecords(batch.duplicate()).batches()) {
            int index = 0;
            // Neither keys nor values are unpacked to be kept.
            try (CloseableIterator<Record> records =
                    ((DefaultRecordBatch) one).skipKeyValueIterator(BufferSupplier.NO_CACHING)) {
                while (records.hasNext()) {
                    if (!records.next().hasKey()) {
                        found.add(index);
                    }
                    index++;
                }
            } catch (KafkaException
                    | IllegalArgumentException
                    | IndexOutOfBoundsException
                    | BufferUnderflowException e) {
                throw new InvalidBatchException(
                        InvalidBatchException.Reason.INVALID, "the records cannot be read: " + e.getMessage());
            }
        }
        return new KeylessRecords(found);
    }

    boolean isAny() {
        return !indexes.isEmpty();
    }

    /** For the producer, in Kafka's words: which of its records are refused. */
    List<BatchIndexAndErrorMessage> errors(String topic, int partition) {
        String message =
                "Compacted topic cannot accept message without key in topic partition " + topic + "-" + partition + ".";
        return indexes.stream()
                .map(index ->
                        new BatchIndexAndErrorMessage().setBatchIndex(index).setBatchIndexErrorMessage(message))
                .toList();
    }

    /** For clients that do not look at each record's. */
    String summary(String topic, int partition) {
        return "One or more records have been rejected due to " + indexes.size()
                + " record errors in total, and only showing the first three errors at most: "
                + errors(topic, partition).stream()
                        .limit(MAX_NAMED)
                        .map(error -> "RecordError(batchIndex=" + error.batchIndex() + ", message='"
                                + error.batchIndexErrorMessage() + "')")
                        .toList();
    }
}
