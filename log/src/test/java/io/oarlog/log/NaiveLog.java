package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a log should hold, as a plain list, and the answers that follow from it. Immutable.
 *
 * @param baseOffset where it ends when it has no batches
 */
record NaiveLog(long baseOffset, List<Batch> batches) {
    /** A batch and the times and places of its records. */
    record Batch(ByteBuffer bytes, BatchHeader header, List<TimestampOffset> records) {}

    NaiveLog {
        batches = List.copyOf(batches);
    }

    static NaiveLog emptyAt(long baseOffset) {
        return new NaiveLog(baseOffset, List.of());
    }

    /** Exclusive. */
    long endOffset() {
        return batches.isEmpty()
                ? baseOffset
                : batches.get(batches.size() - 1).header().nextOffset();
    }

    NaiveLog with(List<Batch> more) {
        List<Batch> all = new ArrayList<>(batches);
        all.addAll(more);
        return new NaiveLog(baseOffset, all);
    }

    /** With the batches of another log in the place of those that lie in a segment. */
    NaiveLog withSegmentOf(NaiveLog other, SegmentSummary segment) {
        return new NaiveLog(
                baseOffset,
                Stream.of(
                                before(segment.baseOffset()).batches(),
                                other.in(segment),
                                batches.stream()
                                        .filter(batch -> batch.header().baseOffset() >= segment.endOffset())
                                        .toList())
                        .flatMap(List::stream)
                        .toList());
    }

    /** The batches that lie in a segment. */
    List<Batch> in(SegmentSummary segment) {
        return batches.stream()
                .filter(batch -> batch.header().baseOffset() >= segment.baseOffset()
                        && batch.header().nextOffset() <= segment.endOffset())
                .toList();
    }

    /** The batches that end at or below an offset. */
    NaiveLog before(long endOffset) {
        return new NaiveLog(
                baseOffset,
                batches.stream()
                        .filter(batch -> batch.header().nextOffset() <= endOffset)
                        .toList());
    }

    /** The batches that end above an offset. */
    Stream<Batch> from(long offset) {
        return batches.stream().filter(batch -> batch.header().nextOffset() > offset);
    }

    byte[] bytesFrom(long offset) {
        return TestBatches.bytes(from(offset).map(Batch::bytes).toArray(ByteBuffer[]::new));
    }

    /** The answer to {@link SegmentedLog#offsetForTimestamp} of a log that starts at {@code startOffset}. */
    Optional<TimestampOffset> firstAtOrAfter(long timestamp, long startOffset, long endOffsetExclusive) {
        for (Batch batch : batches) {
            BatchHeader header = batch.header();
            if (header.nextOffset() > endOffsetExclusive) {
                break;
            }
            if (header.maxTimestamp() >= timestamp && header.nextOffset() > startOffset) {
                Optional<TimestampOffset> found = firstInBatch(batch, timestamp, startOffset);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<TimestampOffset> firstInBatch(Batch batch, long timestamp, long startOffset) {
        BatchHeader header = batch.header();
        if (RecordBatches.isCompressed(header)) {
            long found = header.baseTimestamp() >= timestamp ? header.baseTimestamp() : header.maxTimestamp();
            long offset = Math.max(header.baseOffset(), startOffset);
            return Optional.of(new TimestampOffset(found, offset, header.leaderEpoch()));
        }
        return batch.records().stream()
                .filter(record -> record.timestamp() >= timestamp && record.offset() >= startOffset)
                .findFirst();
    }
}
