package io.oarlog.server.api;

import io.oarlog.log.RecordKeys;
import java.util.List;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;

/**
 * The records of a batch that a compacted topic does not take: those without a key, which nothing ever supersedes. Immutable.
 *
 * @param missing how many, and the first of them
 */
record KeylessRecords(RecordKeys.Missing missing) {
    static final KeylessRecords NONE = new KeylessRecords(new RecordKeys.Missing(0, List.of()));

    /** How many are told one by one. */
    private static final int MAX_NAMED = 3;

    boolean isAny() {
        return missing.count() > 0;
    }

    /** For the producer, in Kafka's words: which of its records are refused, as far as they are named. */
    List<BatchIndexAndErrorMessage> errors(String topic, int partition) {
        String message =
                "Compacted topic cannot accept message without key in topic partition " + topic + "-" + partition + ".";
        return missing.first().stream()
                .map(index ->
                        new BatchIndexAndErrorMessage().setBatchIndex(index).setBatchIndexErrorMessage(message))
                .toList();
    }

    /** For clients that do not look at each record's. */
    String summary(String topic, int partition) {
        return "One or more records have been rejected due to " + missing.count()
                + " record errors in total, and only showing the first three errors at most: "
                + errors(topic, partition).stream()
                        .limit(MAX_NAMED)
                        .map(error -> "RecordError(batchIndex=" + error.batchIndex() + ", message='"
                                + error.batchIndexErrorMessage() + "')")
                        .toList();
    }
}
