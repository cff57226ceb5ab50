package io.oarlog.log;

import static io.oarlog.log.CompactedLog.compact;
import static io.oarlog.log.CompactedLog.put;
import static io.oarlog.log.CompactedLog.records;
import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendBytes;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.oarlog.log.CompactedLog.Seen;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link SegmentedLog#compact} keeps and removes, and which files it leaves. */
class SegmentedLogCompactionTest {
    private final FaultyDisk disk = new FaultyDisk(12);

    private List<Path> logFiles() {
        return disk.contents().keySet().stream().filter(SegmentName::isLogFile).toList();
    }

    /** Keys a, b, c in turns, ten batches a segment. */
    private SegmentedLog logOf(int records) {
        SegmentedLog log = TestLog.open(disk);
        putUpTo(log, records);
        log.flush();
        return log;
    }

    private static void putUpTo(SegmentedLog log, long endOffset) {
        while (log.endOffset() < endOffset) {
            put(log, "key-" + log.endOffset() % 3, "v" + (100 + log.endOffset()));
        }
    }

    @Test
    void shouldKeepTheNewestRecordOfEachKeyAndTheLastSegment() {
        // given
        SegmentedLog log = logOf(35);
        List<Seen> before = records(log);
        long sealedEnd = log.segments().get(log.segments().size() - 2).endOffset();

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.compactedEndOffset()).isEqualTo(sealedEnd);
        assertThat(report.isComplete()).isTrue();
        assertThat(report.passes()).isEqualTo(1);
        assertThat(report.recordsRemoved()).isEqualTo(sealedEnd - 3);
        assertThat(report.bytesAfter()).isLessThan(report.bytesBefore());
        assertThat(records(log))
                .isEqualTo(before.stream()
                        .filter(record -> record.offset() >= sealedEnd - 3)
                        .toList());
        assertThat(log.endOffset()).isEqualTo(35);
    }

    @Test
    void shouldFindTheCompactedLogAgain() {
        // given
        SegmentedLog log = logOf(35);
        compact(log);
        List<Seen> before = records(log);
        CompactionBacklog backlog = log.compactionBacklog(CompactedLog.AT_ONCE, 35, 1_000_000);

        // when
        log.close();
        SegmentedLog reopened = TestLog.open(disk);

        // then
        assertThat(records(reopened)).isEqualTo(before);
        assertThat(reopened.compactionBacklog(CompactedLog.AT_ONCE, 35, 1_000_000))
                .isEqualTo(backlog);
        assertThat(backlog.dirtyBytes()).isZero();
        assertThat(backlog.cleanBytes()).isPositive();
        assertThat(logFiles()).hasSize(log.segments().size());
        putUpTo(reopened, 60);
        compact(reopened);
        assertThat(records(reopened)).hasSizeLessThan(20);
    }

    @Test
    void shouldLeaveWhatIsTooYoungOrNotBelowTheOffset() {
        // given
        SegmentedLog log = logOf(45);
        List<SegmentSummary> segments = log.segments();
        SegmentSummary second = segments.get(1);
        CompactionPolicy policy = new CompactionPolicy(500, 0, 1 << 20);
        List<Seen> before = records(log);

        // when / then: the first that is too young stops it
        assertThat(log.compact(policy, 45, 500 + second.maxTimestamp() - 1).compactedEndOffset())
                .isEqualTo(second.baseOffset());
        assertThat(log.compact(policy, second.endOffset() - 1, 1_000_000).compactedEndOffset())
                .isEqualTo(second.baseOffset());
        assertThat(recordsFrom(log, second.baseOffset())).isEqualTo(from(before, second.baseOffset()));
        assertThat(log.compact(policy, 45, 500 + second.maxTimestamp()).compactedEndOffset())
                .isEqualTo(second.endOffset());
        assertThat(log.compact(policy, 45, 1_000_000).compactedEndOffset())
                .isEqualTo(segments.get(segments.size() - 1).baseOffset());
    }

    @Test
    void shouldTellSinceWhenTheFirstRecordIsDirty() {
        // given
        SegmentedLog log = logOf(35);
        SegmentSummary second = log.segments().get(1);

        // when / then: a record is as old as 1,000 + its offset
        assertThat(backlog(log).firstDirtyTimestamp()).isEqualTo(1_000);
        log.compact(CompactedLog.AT_ONCE, second.baseOffset(), 1_000_000);
        assertThat(backlog(log).firstDirtyTimestamp()).isEqualTo(1_000 + second.baseOffset());
        log.close();
        SegmentedLog reopened = TestLog.open(disk);
        assertThat(backlog(reopened).firstDirtyTimestamp()).isEqualTo(1_000 + second.baseOffset());
        compact(reopened);
        assertThat(backlog(reopened).firstDirtyTimestamp()).isEqualTo(-1);
    }

    private static CompactionBacklog backlog(SegmentedLog log) {
        return log.compactionBacklog(CompactedLog.AT_ONCE, log.endOffset(), 1_000_000);
    }

    @Test
    void shouldKnowOverARestartHowFarBytesMayBeOthersThanWereAppended() {
        // given
        SegmentedLog log = logOf(45);
        long secondEnd = log.segments().get(1).endOffset();

        // when / then: two segments are replaced, the others are not
        assertThat(log.rewrittenEndOffset()).isZero();
        log.compact(CompactedLog.AT_ONCE, secondEnd, 1_000_000);
        assertThat(log.rewrittenEndOffset()).isEqualTo(secondEnd);
        disk.restart();
        SegmentedLog reopened = TestLog.open(disk);
        assertThat(reopened.rewrittenEndOffset()).isEqualTo(secondEnd);
        reopened.startAnewAt(100);
        assertThat(reopened.rewrittenEndOffset()).isZero();
    }

    @Test
    void shouldCompactAgainWhatItCompactedOnTheMachinesFileSystem(@TempDir Path directory) {
        try (SegmentedLog log = SegmentedLog.open(Disk.system(), directory, TestLog.SETTINGS)) {
            // given
            putUpTo(log, 35);
            compact(log);
            putUpTo(log, 60);

            // when
            compact(log);

            // then
            List<Seen> left = records(log);
            assertThat(left).hasSizeLessThan(20);
            assertThat(left.get(left.size() - 1).value()).isEqualTo("v159");
        }
    }

    @Test
    void shouldNotTakeSegmentsForRewrittenThatStayedAsTheyWere() {
        // given: no key twice
        SegmentedLog log = TestLog.open(disk);
        while (log.endOffset() < 25) {
            put(log, "key-" + log.endOffset(), "v");
        }

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.compactedEndOffset()).isPositive();
        assertThat(log.rewrittenEndOffset()).isZero();
        log.close();
        assertThat(TestLog.open(disk).rewrittenEndOffset()).isZero();
    }

    @Test
    void shouldTakeAllButTheLastSegmentForRewrittenWhenTheCheckpointIsLost() {
        // given
        SegmentedLog log = logOf(35);
        compact(log);
        log.close();
        disk.flip(TestLog.DIRECTORY.resolve(LogCheckpoint.FILE), 30, 1);

        // when
        SegmentedLog reopened = TestLog.open(disk);

        // then
        List<SegmentSummary> segments = reopened.segments();
        assertThat(reopened.rewrittenEndOffset())
                .isEqualTo(segments.get(segments.size() - 1).baseOffset());
    }

    @Test
    void shouldFindDamageInWhatItRewrote() {
        // given
        SegmentedLog log = logOf(35);
        compact(log);
        List<Long> sizes = new ArrayList<>();
        log.checkBatches(RequiredOffsets.upTo(log.rewrittenEndOffset()), sizes::add);
        assertThat(sizes.stream().mapToLong(Long::longValue).sum())
                .isEqualTo(log.segments().stream()
                        .filter(segment -> segment.baseOffset() < log.rewrittenEndOffset())
                        .mapToLong(SegmentSummary::sizeInBytes)
                        .sum());

        // when: in the header of an empty batch
        disk.flip(new SegmentName(TestLog.DIRECTORY, 0).logFile(), BatchHeader.BYTES - 1, 1);

        // then
        assertThatThrownBy(() -> log.checkBatches(RequiredOffsets.upTo(35), bytes -> true))
                .isInstanceOf(CorruptLogException.class);
        log.checkBatches(RequiredOffsets.upTo(35), bytes -> false);
    }

    /** No checksum covers it. */
    @Test
    void shouldFindALeaderEpochThatIsNotTheOneOfTheRecords() {
        // given
        SegmentedLog log = logOf(35);
        RequiredOffsets known = new RequiredOffsets(0, 35, new TreeMap<>(Map.of(0L, 3)));
        log.checkBatches(known, bytes -> true);

        // when
        disk.flip(new SegmentName(TestLog.DIRECTORY, 0).logFile(), 15, 1);

        // then
        log.checkBatches(RequiredOffsets.upTo(35), bytes -> true);
        assertThatThrownBy(() -> log.checkBatches(known, bytes -> true))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining("expected leader epoch 3, found 2");
    }

    @Test
    void shouldNotLookAtAllAgainWhenCompactionReplacesWhatComesNext() {
        // given
        SegmentedLog log = logOf(35);
        List<SegmentSummary> segments = log.segments();
        long replacedAt = segments.subList(0, segments.size() - 2).stream()
                .mapToLong(SegmentSummary::sizeInBytes)
                .sum();
        List<Long> before = new ArrayList<>();
        List<Long> after = new ArrayList<>();

        // when: with the last batch of a segment
        log.checkBatches(RequiredOffsets.upTo(35), bytes -> {
            (log.rewrites() == 0 ? before : after).add(bytes);
            if (before.stream().mapToLong(Long::longValue).sum() == replacedAt && log.rewrites() == 0) {
                compact(log);
            }
            return true;
        });

        // then
        List<Long> all = new ArrayList<>();
        log.checkBatches(RequiredOffsets.upTo(35), all::add);
        assertThat(log.rewrites()).isPositive();
        assertThat(after).isNotEmpty().hasSizeLessThan(all.size());
    }

    private static List<Seen> recordsFrom(SegmentedLog log, long offset) {
        return from(records(log), offset);
    }

    private static List<Seen> from(List<Seen> records, long offset) {
        return records.stream().filter(record -> record.offset() >= offset).toList();
    }

    @Test
    void shouldJoinBatchesThatLostEverythingToOneOfALeaderEpoch() {
        // given
        SegmentedLog log = TestLog.open(disk);
        for (int offset = 0; offset < 9; offset++) {
            append(log, TestBatches.at(offset).leaderEpoch(offset < 4 ? 1 : 2).timestamps(2_000 - offset));
        }
        putUpTo(log, 20);

        // when
        compact(log);

        // then
        List<BatchHeader> headers = new ArrayList<>();
        log.forEachBatch(0, 9, headers::add);
        assertThat(headers)
                .extracting(BatchHeader::baseOffset, BatchHeader::lastOffset, BatchHeader::leaderEpoch)
                .containsExactly(tuple(0L, 3L, 1), tuple(4L, 7L, 2), tuple(8L, 8L, 2));
        assertThat(headers).extracting(BatchHeader::recordCount).containsExactly(0, 0, 1);
        assertThat(headers).extracting(BatchHeader::sizeInBytes).startsWith(61, 61);
        assertThat(headers).extracting(BatchHeader::maxTimestamp).startsWith(2_000L, 1_996L);
    }

    @Test
    void shouldKeepProducersAndPlacesOfWhatItRewrites() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(
                log,
                TestBatches.at(0).records(3).producer(7, 2, 40).leaderEpoch(5).timestamps(10, 11, 12));
        append(log, TestBatches.at(3).records(2).producer(7, 2, 43).leaderEpoch(5));
        append(
                log,
                TestBatches.at(5).records(2).producer(7, 2, 45).leaderEpoch(5).salt(1));
        putUpTo(log, 25);

        // when
        compact(log);

        // then: the first batch keeps k2 alone, the second nothing
        List<BatchHeader> headers = new ArrayList<>();
        log.forEachBatch(0, 7, headers::add);
        BatchHeader rewritten = headers.get(0);
        assertThat(rewritten.baseOffset()).isZero();
        assertThat(rewritten.lastOffset()).isEqualTo(2);
        assertThat(rewritten.recordCount()).isEqualTo(1);
        assertThat(rewritten.producerId()).isEqualTo(7);
        assertThat(rewritten.producerEpoch()).isEqualTo((short) 2);
        assertThat(rewritten.baseSequence()).isEqualTo(40);
        assertThat(rewritten.leaderEpoch()).isEqualTo(5);
        assertThat(rewritten.maxTimestamp()).isEqualTo(12);
        assertThat(headers.get(1))
                .extracting(BatchHeader::recordCount, BatchHeader::producerId, BatchHeader::baseSequence)
                .containsExactly(0, 7L, 43);
        assertThat(log.read(6, 1, 7))
                .isEqualTo(TestBatches.at(5)
                        .records(2)
                        .producer(7, 2, 45)
                        .leaderEpoch(5)
                        .salt(1)
                        .build());
    }

    @Test
    void shouldKeepTheLastSequenceOfBatchesThatBecomeOne() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(2).producer(7, 2, 30));
        append(log, TestBatches.at(2).records(3).producer(7, 2, 32));
        append(log, TestBatches.at(5).records(3));
        putUpTo(log, 25);

        // when
        compact(log);

        // then
        BatchHeader empty = BatchHeader.read(log.read(0, 1, 5), 0);
        assertThat(empty)
                .extracting(BatchHeader::lastOffset, BatchHeader::recordCount, BatchHeader::baseSequence)
                .containsExactly(4L, 0, 30);
    }

    @Test
    void shouldKeepRecordsWithoutAKeyAndControlBatches() {
        // given
        SegmentedLog log = TestLog.open(disk);
        put(log, null, "keyless");
        put(log, "key-0", "old");
        ByteBuffer marker = MemoryRecords.withEndTransactionMarker(
                        2, 900, 3, 7L, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0))
                .buffer();
        TestLog.appendBytes(log, List.of(marker));
        // The key that is in the marker.
        put(log, "\0\0\0\1", "no marker");
        putUpTo(log, 25);

        // when
        compact(log);
        compact(log);

        // then
        assertThat(log.read(0, 1, 1).remaining()).isGreaterThan(BatchHeader.BYTES);
        assertThat(log.read(1, 1, 2).remaining()).isEqualTo(BatchHeader.BYTES);
        assertThat(log.read(2, 1, 3)).isEqualTo(marker);
    }

    @Test
    void shouldKeepWhatATransactionWroteUntilSomethingOutsideOfOneSupersedesIt() {
        // given
        SegmentedLog log = TestLog.open(disk);
        put(log, "a", "outside");
        put(log, "b", "outside");
        appendBytes(
                log,
                List.of(transactional(2, CompactedLog.record(5, "a", "inside"), CompactedLog.record(5, "c", null))));
        put(log, "b", "newer");
        appendBytes(log, List.of(transactional(5, CompactedLog.record(5, "d", "inside"))));
        put(log, "d", "outside");
        putUpTo(log, 25);

        // when
        compact(log);
        putUpTo(log, 45);
        log.compact(CompactedLog.AT_ONCE, 45, 2_000_000);

        // then
        assertThat(records(log).stream().map(Seen::offset).filter(offset -> offset < 7))
                .containsExactly(0L, 2L, 3L, 4L, 6L);
    }

    private static ByteBuffer transactional(long offset, SimpleRecord... records) {
        return MemoryRecords.withTransactionalRecords(
                        (byte) 2, offset, Compression.NONE, 9L, (short) 0, (int) offset, 3, records)
                .buffer();
    }

    @Test
    void shouldKeepABatchThatCannotBeReadAndTheTombstonesBehindIt() {
        // given: a record that says it is longer than the batch
        SegmentedLog log = TestLog.open(disk);
        put(log, "a", "old");
        ByteBuffer broken = TestBatches.at(1).build();
        TestBatches.withCrc(broken.put(BatchHeader.BYTES, (byte) 0x7E));
        appendBytes(log, List.of(broken));
        put(log, "a", null);
        putUpTo(log, 25);

        // when
        compact(log);
        putUpTo(log, 45);
        log.compact(CompactedLog.AT_ONCE, 45, 2_000_000);

        // then
        assertThat(log.read(0, 1, 1).remaining()).isEqualTo(BatchHeader.BYTES);
        assertThat(log.read(1, 1, 2)).isEqualTo(broken);
        assertThat(recordsIn(log.read(2, 1, 3))).extracting(Record::hasValue).containsExactly(false);
    }

    private static List<Record> recordsIn(ByteBuffer batches) {
        List<Record> records = new ArrayList<>();
        MemoryRecords.readableRecords(batches).records().forEach(records::add);
        return records;
    }

    @Test
    void shouldKeepATombstoneUntilItsHorizonAndNoValueBeforeIt() {
        // given
        SegmentedLog log = TestLog.open(disk);
        CompactionPolicy policy = new CompactionPolicy(0, 1_000, 1 << 20);
        put(log, "gone", "value");
        put(log, "gone", null);
        putUpTo(log, 15);

        // when / then: it is cleaned over at 5,000
        log.compact(policy, 15, 5_000);
        assertThat(records(log).get(0)).isEqualTo(new Seen(1, 1_001, "gone", null));
        BatchHeader cleaned = BatchHeader.read(log.read(1, 1, 2), 0);
        assertThat(cleaned.deleteHorizon()).isEqualTo(6_000);
        // and again later, which does not renew the horizon
        putUpTo(log, 30);
        log.compact(policy, 30, 5_999);
        assertThat(records(log).get(0)).isEqualTo(new Seen(1, 1_001, "gone", null));
        putUpTo(log, 45);
        log.compact(policy, 45, 6_000);
        assertThat(records(log)).extracting(Seen::key).doesNotContain("gone");
        assertThat(log.offsetForTimestamp(0, 45).orElseThrow().offset()).isGreaterThan(1);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void shouldKeepTheCodecAndTheRestOfABatch(CompressionType codec) {
        // given
        SegmentedLog log = TestLog.open(disk);
        Header[] headers = {new RecordHeader("h", new byte[] {1, 2})};
        SimpleRecord kept =
                new SimpleRecord(77, "kept".getBytes(UTF_8), "v".repeat(500).getBytes(UTF_8), headers);
        appendBytes(
                log,
                List.of(CompactedLog.batch(
                        0, codec, CompactedLog.record(80, "a", "1"), kept, CompactedLog.record(90, "a", "2"))));
        put(log, "a", "3");
        putUpTo(log, 25);

        // when
        compact(log);

        // then
        ByteBuffer batch = log.read(0, 1, 3);
        assertThat(BatchHeader.read(batch, 0).attributes() & 7).isEqualTo(codec.id);
        assertThat(BatchHeader.read(batch, 0).lastOffset()).isEqualTo(2);
        Record left = recordsIn(batch).get(0);
        assertThat(recordsIn(batch)).hasSize(1);
        assertThat(left.offset()).isEqualTo(1);
        assertThat(left.timestamp()).isEqualTo(77);
        assertThat(left.headers()).containsExactly(headers);
        assertThat(left.value()).isEqualTo(kept.value());
    }

    @Test
    void shouldKeepTheTimeAtWhichTheBrokerTookABatch() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(3).timestamps(10, 20, 700).logAppendTime());
        append(log, TestBatches.at(3).records(2));
        putUpTo(log, 25);

        // when
        compact(log);

        // then
        ByteBuffer batch = log.read(0, 1, 3);
        assertThat(BatchHeader.read(batch, 0).isLogAppendTime()).isTrue();
        assertThat(recordsIn(batch))
                .extracting(Record::offset, Record::timestamp)
                .containsExactly(tuple(2L, 700L));
    }

    @Test
    void shouldCleanInSeveralPassesWhenTheKeysDoNotFit() {
        // given: room for 31 keys, batches of 50, all of them twice
        SegmentedLog log = SegmentedLog.open(disk, TestLog.DIRECTORY, TestLog.SETTINGS.withSegmentBytes(2_000));
        for (int i = 0; i < 8; i++) {
            SimpleRecord[] records = new SimpleRecord[50];
            for (int k = 0; k < 50; k++) {
                records[k] = CompactedLog.record(1_000 + i, "key-" + (i % 4 * 50 + k), "v" + i);
            }
            appendBytes(log, List.of(CompactedLog.batch(50L * i, CompressionType.LZ4, records)));
        }
        putUpTo(log, 460);

        // when
        CompactionReport report =
                log.compact(new CompactionPolicy(0, 0, CompactionPolicy.MIN_KEY_MAP_BYTES), log.endOffset(), 1_000_000);

        // then
        assertThat(report.passes()).isGreaterThan(10);
        assertThat(report.isComplete()).isTrue();
        List<Seen> left = records(log);
        assertThat(left.stream().filter(record -> record.offset() < 400)).hasSize(197);
        assertThat(left.get(0).offset()).isGreaterThanOrEqualTo(200);
    }

    @Test
    void shouldKeepATombstoneUntilAPassHasReachedIt() {
        // given: room for 31 keys; the batch gets its horizon in the first pass, its last record is reached in the
        // third
        SegmentedLog log = SegmentedLog.open(disk, TestLog.DIRECTORY, TestLog.SETTINGS.withSegmentBytes(10_000));
        put(log, "gone", "value");
        List<SimpleRecord> records = new ArrayList<>();
        records.add(CompactedLog.record(1_000, "early", null));
        for (int i = 0; i < 80; i++) {
            records.add(CompactedLog.record(1_000, "only-" + i, "v"));
        }
        records.add(CompactedLog.record(1_000, "gone", null));
        appendBytes(log, List.of(CompactedLog.batch(1, CompressionType.NONE, records.toArray(SimpleRecord[]::new))));
        log.configure(TestLog.SETTINGS.segmentBytes(), Long.MAX_VALUE);
        put(log, "last", "v");

        // when
        CompactionReport report =
                log.compact(new CompactionPolicy(0, 0, CompactionPolicy.MIN_KEY_MAP_BYTES), log.endOffset(), 1_000_000);

        // then
        assertThat(report.passes()).isEqualTo(3);
        assertThat(records(log)).extracting(Seen::value).doesNotContain("value");
    }

    @Test
    void shouldMergeSmallSegmentsUpToTheSegmentSize() {
        // given
        SegmentedLog log = logOf(125);
        int before = log.segments().size();

        // when: a segment is too small to be joined until it has been cleaned once
        compact(log);
        putUpTo(log, 150);
        compact(log);

        // then
        assertThat(before).isGreaterThan(10);
        assertThat(log.segments()).hasSizeLessThan(6);
        assertThat(logFiles()).hasSize(log.segments().size());
        assertThat(log.segments())
                .allSatisfy(segment ->
                        assertThat(segment.sizeInBytes()).isLessThanOrEqualTo(TestLog.SETTINGS.segmentBytes()));
        List<Seen> left = records(log);
        log.close();
        assertThat(records(TestLog.open(disk))).isEqualTo(left);
    }

    @Test
    void shouldLeaveSegmentsThatLoseNothingAlone() {
        // given
        SegmentedLog log = TestLog.open(disk);
        for (int i = 0; i < 35; i++) {
            put(log, "key-" + (100 + i), "v");
        }
        log.flush();
        int forces = disk.forces();
        long written = disk.bytesWritten(SegmentName::isLogFile);

        // when
        CompactionReport report = compact(log);

        // then: the checkpoint alone is new
        assertThat(report.recordsRemoved()).isZero();
        assertThat(disk.forces() - forces).isEqualTo(2);
        assertThat(disk.bytesWritten(SegmentName::isLogFile)).isEqualTo(written);
        assertThat(disk.contents().keySet()).noneMatch(path -> path.toString().endsWith(".cleaned"));
    }

    @Test
    void shouldFindRecordsByTimeAndByOffsetInACompactedLog() {
        // given
        SegmentedLog log = logOf(125);
        compact(log);

        // when / then
        for (Seen record : records(log)) {
            assertThat(log.offsetForTimestamp(record.timestamp(), 200)
                            .orElseThrow()
                            .offset())
                    .isEqualTo(record.offset());
            assertThat(recordsIn(log.read(record.offset(), 1, 200)).get(0).offset())
                    .isEqualTo(record.offset());
        }
        log.truncateTo(121);
        assertThat(log.endOffset()).isEqualTo(121);
    }

    @Test
    void shouldTakeWhatIsTruncatedForDirtyAgain() {
        // given
        SegmentedLog log = logOf(45);
        compact(log);
        long cut = log.segments().get(2).baseOffset();

        // when
        log.truncateTo(cut);
        putUpTo(log, 45);
        log.flush();
        log.close();
        SegmentedLog reopened = TestLog.open(disk);

        // then
        assertThat(reopened.compactionBacklog(CompactedLog.AT_ONCE, 45, 1_000_000)
                        .dirtyBytes())
                .isPositive();
        assertThat(compact(reopened).recordsRemoved()).isPositive();
    }
}
