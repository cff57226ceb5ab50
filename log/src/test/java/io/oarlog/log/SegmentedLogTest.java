package io.oarlog.log;

import static io.oarlog.log.TestLog.BATCH_BYTES;
import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.SETTINGS;
import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.batch;
import static io.oarlog.log.TestLog.expected;
import static io.oarlog.log.TestLog.readAll;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentedLogTest {
    private final FaultyDisk disk = new FaultyDisk(1);

    @Test
    void shouldBeEmptyWhenCreated() {
        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.startOffset()).isZero();
        assertThat(log.endOffset()).isZero();
        assertThat(log.read(0, 1_000, Long.MAX_VALUE).hasRemaining()).isFalse();
        assertThat(log.offsetForTimestamp(0, Long.MAX_VALUE)).isEmpty();
        assertThat(disk.contents().keySet()).containsExactly(segment(0).logFile());
    }

    @Test
    void shouldReadBackWhatWasAppended() {
        // given
        SegmentedLog log = TestLog.open(disk);

        // when
        append(log, batch(0), TestBatches.at(1).records(3).valueBytes(200));
        append(log, TestBatches.at(4).compressed().records(20));

        // then
        assertThat(log.endOffset()).isEqualTo(24);
        assertThat(readAll(log, 0))
                .isEqualTo(TestBatches.bytes(
                        batch(0).build(),
                        TestBatches.at(1).records(3).valueBytes(200).build(),
                        TestBatches.at(4).compressed().records(20).build()));
    }

    @Test
    void shouldAppendBatchesThatAreCutIntoPiecesAnywhere() {
        // given
        SegmentedLog log = TestLog.open(disk);
        ByteBuffer whole = ByteBuffer.wrap(expected(0, 3));
        List<ByteBuffer> pieces = List.of(
                whole.slice(0, 3), ByteBuffer.allocate(0), whole.slice(3, 90), whole.slice(93, whole.limit() - 93));

        // when
        log.append(pieces, TestBatches.headers(whole));

        // then
        assertThat(readAll(log, 0)).isEqualTo(whole.array());
        assertThat(pieces).extracting(ByteBuffer::position).containsOnly(0);
    }

    @Test
    void shouldAppendNothingWhenThereIsNothing() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 2);

        // when
        log.append(List.of(), List.of());

        // then
        assertThat(log.endOffset()).isEqualTo(2);
    }

    @Test
    void shouldRefuseBatchesThatAreNotPlacedAtTheEnd() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 2);

        // when / then
        assertThatThrownBy(() -> append(log, batch(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 2, found 3");
        assertThatThrownBy(() -> append(log, batch(2), batch(4))).isInstanceOf(IllegalArgumentException.class);
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 2));
    }

    @Test
    void shouldRefuseBytesThatAreNotWhatTheirHeadersSay() {
        // given
        SegmentedLog log = TestLog.open(disk);
        ByteBuffer first = batch(0).build();
        ByteBuffer misplaced = batch(7).build();
        BatchHeader header = BatchHeader.read(first, 0);
        List<BatchHeader> headers = List.of(header);

        // when / then
        assertThatThrownBy(() -> log.append(List.of(misplaced), headers)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.append(List.of(first.slice(0, 79)), headers))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.append(List.of(first, first), headers))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.append(List.of(first), List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThat(log.endOffset()).isZero();
        assertThat(disk.content(segment(0).logFile())).isEmpty();
    }

    // Rolling.

    @Test
    void shouldRollWhenTheSegmentWouldGrowTooLarge() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 10);

        // when
        append(log, batch(10));

        // then
        assertThat(disk.contents().keySet())
                .containsExactly(
                        segment(0).indexFile(),
                        segment(0).logFile(),
                        segment(0).timeIndexFile(),
                        segment(10).logFile(),
                        DIRECTORY.resolve(LogCheckpoint.FILE));
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 11));
    }

    @Test
    void shouldKeepBatchesOfOneAppendInOneSegment() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 9);

        // when
        append(log, batch(9), batch(10));

        // then
        assertThat(disk.content(segment(9).logFile())).isEqualTo(expected(9, 11));
        assertThat(TestBatches.bytes(log.read(9, 1_000, Long.MAX_VALUE))).isEqualTo(expected(9, 11));
    }

    @Test
    void shouldGiveAnAppendThatIsTooLargeASegmentOfItsOwn() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 1);

        // when
        append(log, TestBatches.at(1).valueBytes(5_000));
        append(log, batch(2));

        // then
        assertThat(log.endOffset()).isEqualTo(3);
        assertThat(disk.exists(segment(1).logFile())).isTrue();
        assertThat(disk.exists(segment(2).logFile())).isTrue();
    }

    @Test
    void shouldRollWhenTheFirstBatchIsTooOld() {
        // given
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS.withSegmentMillis(500));
        append(log, TestBatches.at(0).timestamps(1_000));
        append(log, TestBatches.at(1).timestamps(1_500));

        // when
        append(log, TestBatches.at(2).timestamps(1_501));

        // then
        assertThat(disk.exists(segment(1).logFile())).isFalse();
        assertThat(disk.exists(segment(2).logFile())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 0, 999})
    void shouldNotRollWhenABatchIsOlderThanTheFirst(long timestamp) {
        // given
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS.withSegmentMillis(500));
        append(log, TestBatches.at(0).timestamps(1_000));

        // when
        append(log, TestBatches.at(1).timestamps(timestamp));

        // then
        assertThat(disk.exists(segment(1).logFile())).isFalse();
    }

    @Test
    void shouldRollByTimeAfterReopenAsBefore() {
        // given
        LogSettings settings = SETTINGS.withSegmentMillis(500);
        SegmentedLog before = SegmentedLog.open(disk, DIRECTORY, settings);
        append(before, TestBatches.at(0).timestamps(1_000));
        append(before, TestBatches.at(1).timestamps(1_400));
        before.close();
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, settings);

        // when
        append(log, TestBatches.at(2).timestamps(1_501));

        // then
        assertThat(disk.exists(segment(2).logFile())).isTrue();
    }

    @Test
    void shouldMakeTheSealedSegmentDurableWhenRolling() {
        // given
        SegmentedLog log = TestLog.open(disk);
        appendTo(log, 11);

        // when
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // then
        assertThat(TestLog.open(disk).endOffset()).isEqualTo(10);
    }

    // Reading.

    @ParameterizedTest
    @CsvSource({
        // offset, maxBytes, endOffsetExclusive, first and end of what is found
        "0, 80, 100, 0, 1", "0, 159, 100, 0, 1", "0, 160, 100, 0, 2", "3, 240, 100, 3, 6",
        "0, 1, 100, 0, 1", "5, 0, 100, 5, 6", "5, -7, 100, 5, 6", "7, 2147483647, 100, 7, 10",
        "0, 1000, 1, 0, 1", "4, 1000, 7, 4, 7", "4, 1000, 4, 4, 4", "4, 1000, 2, 4, 4",
        "9, 1000, 100, 9, 10", "10, 1000, 100, 10, 12", "12, 1000, 100, 12, 12"
    })
    void shouldReadWholeBatchesWithinBounds(
            long offset, int maxBytes, long endOffsetExclusive, long firstFound, long endFound) {
        // given
        SegmentedLog log = TestLog.openWith(disk, 12);

        // when
        ByteBuffer found = log.read(offset, maxBytes, endOffsetExclusive);

        // then
        assertThat(TestBatches.bytes(found)).isEqualTo(expected(firstFound, endFound));
    }

    @Test
    void shouldReadTheFirstBatchWhateverItsSize() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 1);
        ByteBuffer large = TestBatches.at(1).valueBytes(100_000).build();
        TestLog.appendBytes(log, List.of(large));
        append(log, batch(2));

        // when
        ByteBuffer found = log.read(1, 100, Long.MAX_VALUE);

        // then
        assertThat(found).isEqualTo(large);
        assertThat(found.hasArray()).isTrue();
    }

    @Test
    void shouldReadFromTheBatchThatHoldsTheOffset() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(5), TestBatches.at(5).records(5));

        // when
        ByteBuffer found = log.read(7, 1_000, Long.MAX_VALUE);

        // then
        assertThat(found).isEqualTo(TestBatches.at(5).records(5).build());
    }

    @Test
    void shouldLeaveOutABatchThatReachesBeyondTheEndAskedFor() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(5), TestBatches.at(5).records(5));

        // when / then
        assertThat(log.read(0, 1_000, 9)).isEqualTo(TestBatches.at(0).records(5).build());
        assertThat(log.read(6, 1_000, 9).hasRemaining()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 13, Long.MAX_VALUE})
    void shouldRefuseToReadOutsideOfTheLog(long offset) {
        // given
        SegmentedLog log = TestLog.openWith(disk, 12);

        // when / then
        assertThatThrownBy(() -> log.read(offset, 1_000, Long.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 to 12");
    }

    @Test
    void shouldShowTheBatchesThatEndInARange() {
        // given
        SegmentedLog log = TestLog.open(disk);
        for (int i = 0; i < 8; i++) {
            append(log, TestBatches.at(3L * i).records(3));
        }
        List<Long> baseOffsets = new ArrayList<>();

        // when
        log.forEachBatch(4, 20, header -> baseOffsets.add(header.baseOffset()));

        // then
        assertThat(baseOffsets).containsExactly(3L, 6L, 9L, 12L, 15L);
    }

    // Lookup by time.

    @ParameterizedTest
    @CsvSource({"0, 0", "1000, 0", "1001, 1", "1009, 9", "1010, 10", "1024, 24"})
    void shouldFindTheFirstRecordThatIsYoungEnough(long timestamp, long offset) {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);

        // when / then
        assertThat(log.offsetForTimestamp(timestamp, Long.MAX_VALUE))
                .contains(new TimestampOffset(1_000 + offset, offset, 0));
    }

    @Test
    void shouldFindNothingWhenAllRecordsAreOlder() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);

        // when / then
        assertThat(log.offsetForTimestamp(1_025, Long.MAX_VALUE)).isEmpty();
        assertThat(log.offsetForTimestamp(1_020, 20)).isEmpty();
        assertThat(log.offsetForTimestamp(1_020, 21)).contains(new TimestampOffset(1_020, 20, 0));
    }

    @Test
    void shouldFindTheFirstOffsetWhenTimestampsAreOutOfOrder() {
        // given
        long[] timestamps = {50, 10, 40, 90, 20, 60, 30, 95, 5, 70, 15, 80, 99};
        SegmentedLog log = TestLog.open(disk);
        for (int i = 0; i < timestamps.length; i++) {
            append(log, TestBatches.at(i).timestamps(timestamps[i]));
        }

        // when / then
        assertThat(log.offsetForTimestamp(0, 99)).contains(new TimestampOffset(50, 0, 0));
        assertThat(log.offsetForTimestamp(51, 99)).contains(new TimestampOffset(90, 3, 0));
        assertThat(log.offsetForTimestamp(91, 99)).contains(new TimestampOffset(95, 7, 0));
        assertThat(log.offsetForTimestamp(96, 99)).contains(new TimestampOffset(99, 12, 0));
    }

    @Test
    void shouldFindTheRecordInsideABatch() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(4).timestamps(100, 300, 200, 400).leaderEpoch(7));

        // when / then
        assertThat(log.offsetForTimestamp(150, 99)).contains(new TimestampOffset(300, 1, 7));
        assertThat(log.offsetForTimestamp(301, 99)).contains(new TimestampOffset(400, 3, 7));
    }

    @Test
    void shouldAnswerForACompressedBatchWithAPlaceThatMissesNothing() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(4).timestamps(100, 300, 200, 400).compressed());

        // when / then
        assertThat(log.offsetForTimestamp(100, 99)).contains(new TimestampOffset(100, 0, 0));
        assertThat(log.offsetForTimestamp(150, 99)).contains(new TimestampOffset(400, 0, 0));
    }

    @Test
    void shouldAnswerForABatchOfBrokerTimeWithItsFirstRecord() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(4).timestamps(100, 300, 200, 400).logAppendTime());

        // when / then
        assertThat(log.offsetForTimestamp(350, 99)).contains(new TimestampOffset(400, 0, 0));
    }

    @Test
    void shouldNotFailOnRecordsThatAreNone() {
        // given
        ByteBuffer batch = TestBatches.at(0).records(3).timestamps(100, 300).build();
        for (int i = BatchHeader.BYTES; i < batch.limit(); i++) {
            batch.put(i, (byte) 0xFF);
        }
        SegmentedLog log = TestLog.open(disk);
        TestLog.appendBytes(log, List.of(TestBatches.withCrc(batch)));

        // when / then
        assertThat(log.offsetForTimestamp(200, 99)).contains(new TimestampOffset(300, 0, 0));
    }

    // Truncation.

    @Test
    void shouldTruncateAtEachBatchBoundary() {
        for (long target = 0; target <= 25; target++) {
            // given
            FaultyDisk anotherDisk = new FaultyDisk(target);
            SegmentedLog log = TestLog.openWith(anotherDisk, 25);

            // when
            log.truncateTo(target);

            // then
            assertThat(log.endOffset()).isEqualTo(target);
            assertThat(readAll(log, 0)).isEqualTo(expected(0, target));
            assertThat(log.offsetForTimestamp(1_000 + target, Long.MAX_VALUE)).isEmpty();
            assertThat(log.offsetForTimestamp(999 + target, Long.MAX_VALUE).isPresent())
                    .isEqualTo(target > 0);
            anotherDisk.powerCut(FaultyDisk.Unsynced.LOST);
            assertThat(readAll(TestLog.open(anotherDisk), 0)).isEqualTo(expected(0, target));
        }
    }

    @Test
    void shouldHaveTheSameFilesAsIfTheRestHadNeverBeenAppended() {
        for (long target = 0; target <= 25; target++) {
            // given
            FaultyDisk anotherDisk = new FaultyDisk(target);
            SegmentedLog log = TestLog.openWith(anotherDisk, 25);
            FaultyDisk neverTruncated = new FaultyDisk(target);
            TestLog.openWith(neverTruncated, 35);

            // when
            log.truncateTo(target);
            appendTo(log, 35);

            // then
            assertSameFiles(anotherDisk.contents(), neverTruncated.contents());
        }
    }

    private static void assertSameFiles(Map<Path, byte[]> found, Map<Path, byte[]> expected) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, content) ->
                assertThat(found.get(path)).as(path.toString()).isEqualTo(content));
    }

    @Test
    void shouldTruncateNothingAtOrAboveTheEnd() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 12);
        int forces = disk.forces();

        // when
        log.truncateTo(12);
        log.truncateTo(Long.MAX_VALUE);

        // then
        assertThat(log.endOffset()).isEqualTo(12);
        assertThat(disk.forces()).isEqualTo(forces);
    }

    @Test
    void shouldRefuseToTruncateInsideABatch() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(5), TestBatches.at(5).records(5));
        byte[] before = readAll(log, 0);

        // when / then
        assertThatThrownBy(() -> log.truncateTo(7))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no batch begins there");
        assertThat(readAll(log, 0)).isEqualTo(before);
        append(log, batch(10));
        assertThat(log.endOffset()).isEqualTo(11);
    }

    @Test
    void shouldRefuseToTruncateBelowTheStart() {
        // given
        disk.put(segment(40).logFile(), expected(40, 45));
        disk.put(segment(41).indexFile(), new byte[3]);
        SegmentedLog log = openPrepared();

        // when / then
        assertThat(log.startOffset()).isEqualTo(40);
        assertThatThrownBy(() -> log.truncateTo(39)).isInstanceOf(IllegalArgumentException.class);
        log.truncateTo(40);
        assertThat(log.endOffset()).isEqualTo(40);
        assertThat(log.startOffset()).isEqualTo(40);
    }

    private SegmentedLog openPrepared() {
        try {
            disk.createDirectories(DIRECTORY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return TestLog.open(disk);
    }

    @Test
    void shouldAppendAfterATruncation() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        log.truncateTo(13);

        // when
        append(log, batch(13).salt(-1), batch(14).salt(-1));

        // then
        assertThat(readAll(log, 13))
                .isEqualTo(TestBatches.bytes(
                        batch(13).salt(-1).build(), batch(14).salt(-1).build()));
    }

    // End of life.

    @Test
    void shouldForceOnceWhenThereIsNothingNewToFlush() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, batch(0));
        int forces = disk.forces();

        // when
        log.flush();
        log.flush();

        // then
        assertThat(disk.forces()).isEqualTo(forces + 1);
    }

    @Test
    void shouldDeleteEverything() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);

        // when
        log.delete();

        // then
        assertThat(disk.exists(DIRECTORY)).isFalse();
        disk.powerCut(FaultyDisk.Unsynced.LOST);
        assertThat(disk.contents()).isEmpty();
    }

    @Test
    void shouldRefuseAllWhenClosed() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 12);

        // when
        log.close();
        log.close();

        // then
        assertThat(disk.openFiles()).isZero();
        assertThatThrownBy(() -> append(log, batch(12))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(log::flush).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> log.truncateTo(3)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> log.read(0, BATCH_BYTES, 12)).isInstanceOf(IllegalStateException.class);
    }
}
