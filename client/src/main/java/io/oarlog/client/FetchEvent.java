package io.oarlog.client;

import java.util.Map;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** What the event loop has for the thread that polls. */
sealed interface FetchEvent {
    /**
     * Batches of a partition, unchecked.
     *
     * @param run which of the partition's runs they belong to; a seek begins a new one
     */
    record Fetched(TopicPartition partition, long run, MemoryRecords records) implements FetchEvent {}

    /** The run has ended with an error that the caller must hear of. */
    record Failed(TopicPartition partition, long run, WireError error) implements FetchEvent {}

    /**
     * Where partitions without a position begin.
     *
     * @param search which search for such positions has found them
     */
    record Started(long search, Map<TopicPartition, Long> positions) implements FetchEvent {}

    /** That could not be found out. */
    record NotStarted(OarlogException failure) implements FetchEvent {}

    /** There is something else to do than to wait for records. */
    record Woken() implements FetchEvent {}
}
