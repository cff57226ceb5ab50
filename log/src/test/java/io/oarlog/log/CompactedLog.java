package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/** Keyed records for compaction, written and read with Kafka's own codecs as a client does. */
final class CompactedLog {
    /** Never too young, tombstones go at once when they are cleaned a second time. */
    static final CompactionPolicy AT_ONCE = new CompactionPolicy(0, 0, 1 << 20);

    private CompactedLog() {}

    /** A record as a consumer sees it. */
    record Seen(
            long offset,
            long timestamp,
            @Nullable String key,
            @Nullable String value) {}

    static SimpleRecord record(long timestamp, @Nullable String key, @Nullable String value) {
        return new SimpleRecord(timestamp, bytes(key), bytes(value));
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    /** A batch of a producer without idempotence. */
    static ByteBuffer batch(long offset, CompressionType codec, SimpleRecord... records) {
        return MemoryRecords.withRecords(
                        RecordBatch.MAGIC_VALUE_V2,
                        offset,
                        Compression.of(codec).build(),
                        TimestampType.CREATE_TIME,
                        RecordBatch.NO_PRODUCER_ID,
                        RecordBatch.NO_PRODUCER_EPOCH,
                        RecordBatch.NO_SEQUENCE,
                        3,
                        false,
                        records)
                .buffer();
    }

    /** Appends one record in a batch of its own; it is as old as 1,000 + its offset. */
    static void put(SegmentedLog log, @Nullable String key, @Nullable String value) {
        long offset = log.endOffset();
        TestLog.appendBytes(log, List.of(batch(offset, CompressionType.NONE, record(1_000 + offset, key, value))));
    }

    /** All records from the log's start on; there must be no gap of offsets between batches. */
    static List<Seen> records(SegmentedLog log) {
        List<Seen> seen = new ArrayList<>();
        long offset = log.startOffset();
        // To the end as it is by then: what a compaction removed beside this is superseded up there.
        while (offset < log.endOffset()) {
            ByteBuffer chunk = log.read(offset, 300, Long.MAX_VALUE);
            long wanted = offset;
            boolean isFirst = true;
            for (MutableRecordBatch batch : MemoryRecords.readableRecords(chunk).batches()) {
                batch.ensureValid();
                // The first one may begin below: meanwhile it can have been joined to empty ones before it.
                assertThat(batch.baseOffset()).isBetween(isFirst ? 0 : offset, offset);
                assertThat(batch.lastOffset()).isGreaterThanOrEqualTo(offset);
                isFirst = false;
                offset = batch.nextOffset();
                for (Record record : batch) {
                    if (record.offset() >= wanted) {
                        seen.add(new Seen(
                                record.offset(), record.timestamp(), text(record.key()), text(record.value())));
                    }
                }
            }
        }
        return seen;
    }

    private static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    static CompactionReport compact(SegmentedLog log) {
        return log.compact(AT_ONCE, log.endOffset(), 1_000_000);
    }
}
