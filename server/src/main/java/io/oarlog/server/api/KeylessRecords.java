package io.oarlog.server.api;

import java.util.List;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;

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
