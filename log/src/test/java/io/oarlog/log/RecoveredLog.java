package io.oarlog.log;

import io.oarlog.log.CrashViolation.Kind;
import io.oarlog.log.NaiveLog.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/** Looks at every batch of a log that was recovered, in all ways that there are. */
final class RecoveredLog {
    private RecoveredLog() {}

    /**
     * Compares batches, segments and answers.
     *
     * @throws CrashViolation when they differ
     */
    static void verify(SegmentedLog found, NaiveLog expected) {
        verifyBytes(found, expected);
        verifySegments(found, expected);
        verifyReads(found, expected);
        verifyLookUps(found, expected);
    }

    private static void verifyBytes(SegmentedLog found, NaiveLog expected) {
        byte[] bytes = TestBatches.bytes(chunks(found).toArray(ByteBuffer[]::new));
        byte[] expectedBytes = expected.bytesFrom(found.firstStoredOffset());
        if (!Arrays.equals(bytes, expectedBytes)) {
            throw new CrashViolation(
                    Kind.INVENTED,
                    "holds " + bytes.length + " bytes, expected " + expectedBytes.length + "; they differ at "
                            + Arrays.mismatch(bytes, expectedBytes));
        }
    }

    /** All bytes that are stored. */
    private static List<ByteBuffer> chunks(SegmentedLog log) {
        List<ByteBuffer> chunks = new ArrayList<>();
        long offset = log.firstStoredOffset();
        while (offset < log.endOffset()) {
            ByteBuffer chunk = log.readStored(offset, 1 << 20, Long.MAX_VALUE);
            List<BatchHeader> headers = TestBatches.headers(chunk);
            if (headers.isEmpty()) {
                throw new CrashViolation(Kind.UNREADABLE, "nothing is found at " + offset);
            }
            offset = headers.get(headers.size() - 1).nextOffset();
            chunks.add(chunk);
        }
        return chunks;
    }

    /** All that a log holds now, with the records as Kafka's own codecs see them. */
    static NaiveLog contentOf(SegmentedLog log) {
        List<Batch> batches = new ArrayList<>();
        for (ByteBuffer chunk : chunks(log)) {
            for (MutableRecordBatch batch : MemoryRecords.readableRecords(chunk).batches()) {
                ByteBuffer bytes = ByteBuffer.allocate(batch.sizeInBytes());
                batch.writeTo(bytes);
                BatchHeader header = BatchHeader.read(bytes.flip(), 0);
                List<TimestampOffset> records = new ArrayList<>();
                batch.forEach(record ->
                        records.add(new TimestampOffset(record.timestamp(), record.offset(), header.leaderEpoch())));
                batches.add(new Batch(bytes, header, records));
            }
        }
        return new NaiveLog(log.firstStoredOffset(), batches);
    }

    private static void verifySegments(SegmentedLog found, NaiveLog expected) {
        List<SegmentSummary> segments = found.segments();
        long base = segments.get(0).baseOffset();
        if (base > found.startOffset()) {
            throw new CrashViolation(Kind.WRONG_START, "starts below its first segment at " + base);
        }
        for (SegmentSummary segment : segments) {
            List<Batch> batches = expected.in(segment);
            SegmentSummary expectedSegment = new SegmentSummary(
                    base,
                    batches.isEmpty()
                            ? base
                            : batches.get(batches.size() - 1).header().nextOffset(),
                    batches.stream()
                            .mapToLong(batch -> batch.header().sizeInBytes())
                            .sum(),
                    batches.stream()
                            .mapToLong(batch -> batch.header().maxTimestamp())
                            .max()
                            .orElse(SegmentIndexes.NO_TIMESTAMP));
            if (!segment.equals(expectedSegment)) {
                throw new CrashViolation(Kind.LOST, "expected " + expectedSegment + ", found " + segment);
            }
            base = segment.endOffset();
        }
    }

    private static void verifyReads(SegmentedLog found, NaiveLog expected) {
        List<BatchHeader> shown = new ArrayList<>();
        found.forEachBatch(found.startOffset(), Long.MAX_VALUE, shown::add);
        List<BatchHeader> headers =
                expected.from(found.startOffset()).map(Batch::header).toList();
        if (!shown.equals(headers)) {
            throw new CrashViolation(Kind.WRONG_INDEX, "shows " + shown + ", expected " + headers);
        }
        expected.from(found.startOffset()).forEach(batch -> {
            long first = Math.max(batch.header().baseOffset(), found.startOffset());
            for (long offset = first; offset <= batch.header().lastOffset(); offset++) {
                ByteBuffer read = found.read(offset, 1, Long.MAX_VALUE);
                if (!read.equals(batch.bytes())) {
                    throw new CrashViolation(Kind.WRONG_INDEX, "offset " + offset + " is not found");
                }
            }
        });
    }

    private static void verifyLookUps(SegmentedLog found, NaiveLog expected) {
        expected.from(found.startOffset()).forEach(batch -> {
            for (TimestampOffset record : batch.records()) {
                long timestamp = record.timestamp();
                var answer = found.offsetForTimestamp(timestamp, Long.MAX_VALUE);
                var right = expected.firstAtOrAfter(timestamp, found.startOffset(), Long.MAX_VALUE);
                if (!answer.equals(right)) {
                    throw new CrashViolation(
                            Kind.WRONG_INDEX, "timestamp " + timestamp + ": expected " + right + ", found " + answer);
                }
            }
        });
    }

    /** What an index may say of a batch. */
    private record Entry(int position, long maxTimestampBefore) {}

    /**
     * Compares the index files: those of sealed segments are there, those of the last one may be, and they name nothing but
     * batches that are there. Nothing else of a segment lies beside them.
     *
     * @throws CrashViolation when they are not, or do
     */
    static void verifyIndexFiles(Disk disk, LogSettings settings, SegmentedLog found, NaiveLog expected)
            throws IOException {
        List<SegmentSummary> segments = found.segments();
        for (SegmentSummary segment : segments) {
            SegmentName name = TestLog.segment(segment.baseOffset());
            var offsets = IndexFile.ofOffsets(disk, name, settings.indexIntervalBytes())
                    .read();
            var times =
                    IndexFile.ofTimes(disk, name, settings.indexIntervalBytes()).read();
            Map<Integer, Entry> expectedEntries = entriesByOffset(segment, expected);
            offsets.ifPresent(entries -> verifyOffsets(name, new OffsetIndex(entries), expectedEntries));
            times.ifPresent(entries -> verifyTimes(name, new TimeIndex(entries), expectedEntries));
            boolean isSealed = !segment.equals(segments.get(segments.size() - 1));
            if (isSealed && (offsets.isEmpty() || times.isEmpty() || !areEqual(offsets.get(), times.get()))) {
                throw new CrashViolation(Kind.WRONG_INDEX, name.logFile() + " has not both indexes");
            }
        }
        List<Long> baseOffsets =
                segments.stream().map(SegmentSummary::baseOffset).toList();
        for (var path : disk.list(TestLog.DIRECTORY)) {
            if (path.toString().endsWith(".cleaned") || path.toString().endsWith(".swap")) {
                throw new CrashViolation(Kind.LEFT_OVER, path + " is of a compaction");
            }
            OptionalLong baseOffset = SegmentName.baseOffsetOf(path);
            if (baseOffset.isPresent() && !baseOffsets.contains(baseOffset.getAsLong())) {
                throw new CrashViolation(Kind.LEFT_OVER, path + " belongs to no segment");
            }
        }
    }

    private static void verifyOffsets(SegmentName name, OffsetIndex offsets, Map<Integer, Entry> expected) {
        for (int i = 0; i < offsets.entries().count(); i++) {
            Entry entry = expected.get(offsets.relativeOffset(i));
            if (entry == null || entry.position() != offsets.position(i)) {
                throw new CrashViolation(
                        Kind.WRONG_INDEX,
                        name.indexFile() + " has " + offsets.relativeOffset(i) + " at " + offsets.position(i)
                                + ", expected " + entry);
            }
        }
    }

    private static void verifyTimes(SegmentName name, TimeIndex times, Map<Integer, Entry> expected) {
        for (int i = 0; i < times.entries().count(); i++) {
            Entry found = new Entry(times.position(i), times.maxTimestampBefore(i));
            Entry entry = expected.get(times.relativeOffset(i));
            if (!found.equals(entry)) {
                throw new CrashViolation(
                        Kind.WRONG_INDEX,
                        name.timeIndexFile() + " has " + times.relativeOffset(i) + " as " + found + ", expected "
                                + entry);
            }
        }
    }

    private static boolean areEqual(IndexEntries offsets, IndexEntries times) {
        return new TimeIndex(times).isOfSameBatches(new OffsetIndex(offsets));
    }

    private static Map<Integer, Entry> entriesByOffset(SegmentSummary segment, NaiveLog expected) {
        Map<Integer, Entry> entries = new HashMap<>();
        int position = 0;
        long maxTimestamp = SegmentIndexes.NO_TIMESTAMP;
        for (Batch batch : expected.in(segment)) {
            int relativeOffset = (int) (batch.header().baseOffset() - segment.baseOffset());
            entries.put(relativeOffset, new Entry(position, maxTimestamp));
            position += batch.header().sizeInBytes();
            maxTimestamp = Math.max(maxTimestamp, batch.header().maxTimestamp());
        }
        return entries;
    }
}
