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
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogRecoveryTest {
    private final FaultyDisk disk = new FaultyDisk(3);

    @Test
    void shouldFindEverythingWhenReopened() {
        // given
        TestLog.openWith(disk, 25).close();

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 25));
        assertThat(log.recovery().isClean()).isTrue();
        assertThat(log.recovery().segments()).isEqualTo(3);
        assertThat(log.recovery().indexesRebuilt()).isZero();
        assertThat(log.recovery().bytesScanned()).isZero();
        assertThat(log.offsetForTimestamp(1_017, 99)).contains(new TimestampOffset(1_017, 17, 0));
    }

    @Test
    void shouldReadOnlyTheEndsOfSealedSegmentsWhenReopened() {
        // given
        LogSettings settings = SETTINGS.withSegmentBytes(1_000 * BATCH_BYTES);
        SegmentedLog before = SegmentedLog.open(disk, DIRECTORY, settings);
        appendTo(before, 3_001);
        before.close();
        long bytesRead = disk.bytesRead();

        // when
        SegmentedLog.open(disk, DIRECTORY, settings);

        // then
        assertThat(disk.bytesRead() - bytesRead).isLessThan(3_000);
    }

    @Test
    void shouldKeepWhatWasFlushedThroughAPowerCut() {
        // given
        SegmentedLog before = TestLog.openWith(disk, 13);
        append(before, batch(13));
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 13));
    }

    @Test
    void shouldMakeTheNameOfTheFirstSegmentDurableWhenAKilledProcessDidNot() {
        // given: killed between creating the first segment and syncing its directory
        disk.killAfter(2);
        assertThatThrownBy(() -> TestLog.open(disk)).isInstanceOf(LogException.class);
        disk.restart();
        TestLog.openWith(disk, 5);

        // when
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // then
        assertThat(readAll(TestLog.open(disk), 0)).isEqualTo(expected(0, 5));
    }

    @Test
    void shouldMakeTheDeletionOfASegmentDurableWhenAKilledProcessDidNot() {
        // given: killed between deleting the last segment and syncing its directory
        SegmentedLog before = TestLog.openWith(disk, 15);
        disk.killAfter(2);
        assertThatThrownBy(() -> before.truncateTo(10)).isInstanceOf(LogFencedException.class);
        disk.restart();
        SegmentedLog log = TestLog.open(disk);
        log.truncateTo(9);
        append(log, TestBatches.at(9).records(2).valueBytes(0));
        log.flush();

        // when
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // then
        assertThat(TestLog.open(disk).endOffset()).isEqualTo(11);
    }

    // The torn tail.

    @Test
    void shouldCutTheTornTailAtEachByte() {
        byte[] whole = expected(0, 3);
        for (int length = 0; length < whole.length; length++) {
            // given
            disk.put(segment(0).logFile(), Arrays.copyOf(whole, length));

            // when
            SegmentedLog log = openPrepared();

            // then
            int batches = length / BATCH_BYTES;
            assertThat(readAll(log, 0)).isEqualTo(expected(0, batches));
            assertThat(log.recovery().bytesCut()).isEqualTo(length % BATCH_BYTES);
            assertThat(log.recovery().damage().isPresent()).isEqualTo(length % BATCH_BYTES > 0);
            assertThat(disk.content(segment(0).logFile())).hasSize(batches * BATCH_BYTES);
        }
    }

    @Test
    void shouldCutATailOfZeros() {
        // given
        disk.put(segment(0).logFile(), Arrays.copyOf(expected(0, 3), 10_000));

        // when
        SegmentedLog log = openPrepared();

        // then
        assertThat(log.endOffset()).isEqualTo(3);
        assertThat(log.recovery().bytesCut()).isEqualTo(10_000 - 3 * BATCH_BYTES);
    }

    @Test
    void shouldReportWholeBatchesThatAreCutWithTheDamage() {
        // given
        TestLog.openWith(disk, 8);
        disk.flip(segment(0).logFile(), 3 * BATCH_BYTES + 70, 1);
        disk.restart();

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.endOffset()).isEqualTo(3);
        assertThat(log.recovery().wholeBatchesCut()).isEqualTo(4);
        assertThat(log.recovery().damage())
                .hasValueSatisfying(damage -> assertThat(damage)
                        .contains(segment(0).logFile().toString(), "position " + 3 * BATCH_BYTES, "CRC"));
    }

    @Test
    void shouldReportWholeBatchesThatAreCutWhenALengthIsDamaged() {
        // given
        TestLog.openWith(disk, 8);
        disk.flip(segment(0).logFile(), 3 * BATCH_BYTES + 8, 0x40);
        disk.restart();

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.endOffset()).isEqualTo(3);
        assertThat(log.recovery().wholeBatchesCut()).isEqualTo(4);
    }

    @Test
    void shouldSearchRandomBytesBehindTheDamageInLinearTime() {
        // given
        byte[] garbage = new byte[16 << 20];
        new Random(4).nextBytes(garbage);
        disk.put(segment(0).logFile(), garbage);

        // when
        SegmentedLog log = openPrepared();

        // then
        assertThat(log.endOffset()).isZero();
        assertThat(disk.bytesRead()).isLessThan(3L * garbage.length);
    }

    @Test
    void shouldDeleteASegmentWhoseOnlyBatchIsTorn() {
        // given
        TestLog.openWith(disk, 11);
        disk.flip(segment(10).logFile(), 70, 1);
        disk.restart();

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.endOffset()).isEqualTo(10);
        assertThat(log.recovery().bytesCut()).isEqualTo(BATCH_BYTES);
        assertThat(log.recovery().segments()).isEqualTo(1);
        assertThat(disk.contents().keySet())
                .containsExactly(segment(0).logFile(), DIRECTORY.resolve(LogCheckpoint.FILE));
        append(log, batch(10));
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 11));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldCloseAllFilesWhenItCannotBeOpened(int step) {
        // given: an empty last segment is to be deleted
        TestLog.openWith(disk, 20).close();
        disk.put(segment(20).logFile(), new byte[0]);
        disk.killAfter(step);

        // when
        try {
            TestLog.open(disk).close();
        } catch (LogException e) {
            assertThat(e).hasMessageContaining(DIRECTORY.toString());
        }

        // then
        assertThat(disk.openFiles()).isZero();
    }

    // Indexes.

    @ParameterizedTest
    @ValueSource(strings = {".index", ".timeindex"})
    void shouldRebuildAnIndexThatIsMissing(String suffix) throws IOException {
        // given
        Map<Path, byte[]> sound = soundFiles();
        Path index = indexOf(10, suffix);
        disk.delete(index);

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.recovery().indexesRebuilt()).isEqualTo(1);
        assertThat(disk.content(index)).isEqualTo(sound.get(index));
        assertIndexed(log);
    }

    /** The checkpoint speaks for the segment, so an index that is there is not looked into. */
    @ParameterizedTest
    @EnumSource
    void shouldLeaveNoPartOfAnIndexWhenItsRebuildIsInterrupted(FaultyDisk.Unsynced unsynced) throws IOException {
        boolean isOpened = false;
        for (int step = 1; !isOpened; step++) {
            // given
            FaultyDisk other = new FaultyDisk(step);
            TestLog.openWith(other, 25).close();
            Map<Path, byte[]> sound = other.contents();
            other.delete(indexOf(10, ".index"));
            other.delete(indexOf(10, ".timeindex"));
            other.syncDirectory(DIRECTORY);
            other.killAfter(step);
            isOpened = opens(other);
            other.powerCut(unsynced);

            // when
            SegmentedLog reopened = TestLog.open(other);

            // then
            assertIndexed(reopened);
            for (Path index : List.of(indexOf(10, ".index"), indexOf(10, ".timeindex"))) {
                assertThat(other.content(index)).as("%s, step %d", index, step).isEqualTo(sound.get(index));
            }
        }
    }

    private static boolean opens(FaultyDisk disk) {
        try {
            TestLog.open(disk);
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".index", ".timeindex"})
    void shouldRebuildAnIndexThatBelongsToAnotherSegment(String suffix) {
        // given
        Map<Path, byte[]> sound = soundFiles();
        Path index = indexOf(10, suffix);
        disk.put(index, disk.content(indexOf(0, suffix)));

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.recovery().indexesRebuilt()).isEqualTo(1);
        assertThat(disk.content(index)).isEqualTo(sound.get(index));
        assertIndexed(log);
    }

    @ParameterizedTest
    @ValueSource(strings = {".index", ".timeindex"})
    void shouldAnswerRightlyWhateverByteOfAnIndexIsFlipped(String suffix) {
        soundFiles();
        Path index = indexOf(10, suffix);
        byte[] sound = disk.content(index);
        for (int position = 0; position < sound.length; position++) {
            for (int bit = 0; bit < 8; bit++) {
                // given
                TestLog.deleteCheckpoint(disk);
                disk.put(index, sound);
                disk.flip(index, position, 1 << bit);

                // when
                SegmentedLog log = TestLog.open(disk);

                // then
                assertIndexed(log);
            }
        }
    }

    @Test
    void shouldFindTheYoungestRecordWhateverByteOfTheTimeIndexIsFlipped() {
        // given: a sealed segment whose youngest record comes first
        SegmentedLog before = TestLog.open(disk);
        append(before, TestBatches.at(0).timestamps(9_000));
        appendTo(before, 11);
        before.close();
        TestLog.deleteCheckpoint(disk);
        Path index = segment(0).timeIndexFile();
        byte[] sound = disk.content(index);
        for (int position = 0; position < sound.length; position++) {
            for (int bit = 0; bit < 8; bit++) {
                disk.put(index, sound);
                disk.flip(index, position, 1 << bit);

                // when
                SegmentedLog log = TestLog.open(disk);

                // then
                assertThat(log.offsetForTimestamp(8_000, 99)).contains(new TimestampOffset(9_000, 0, 0));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".index", ".timeindex"})
    void shouldAnswerRightlyWhereverAnIndexIsCut(String suffix) {
        soundFiles();
        Path index = indexOf(10, suffix);
        byte[] sound = disk.content(index);
        for (int length = 0; length < sound.length; length++) {
            // given
            TestLog.deleteCheckpoint(disk);
            disk.put(index, Arrays.copyOf(sound, length));

            // when
            SegmentedLog log = TestLog.open(disk);

            // then
            assertThat(log.recovery().indexesRebuilt()).isEqualTo(1);
            assertThat(disk.content(index)).isEqualTo(sound);
            assertIndexed(log);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {BatchHeader.BYTES, BATCH_BYTES, 10 * BATCH_BYTES})
    void shouldReadSegmentsThatWereIndexedAtAnotherInterval(int indexIntervalBytes) {
        // given
        soundFiles();

        // when
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS.withIndexIntervalBytes(indexIntervalBytes));

        // then
        assertIndexed(log);
        for (long offset = 0; offset < 25; offset++) {
            assertThat(TestBatches.bytes(log.read(offset, 1, 25))).isEqualTo(expected(offset, offset + 1));
        }
    }

    /** A crash in the midst of a deletion of all segments leaves these. */
    @Test
    void shouldRemoveIndexesWhenNoSegmentIsLeft() throws IOException {
        // given
        disk.createDirectories(DIRECTORY);
        disk.put(indexOf(30, ".index"), new byte[10]);
        disk.put(indexOf(30, ".timeindex"), new byte[10]);

        // when
        TestLog.open(disk);

        // then
        assertThat(disk.contents()).containsOnlyKeys(segment(0).logFile());
    }

    @Test
    void shouldRemoveAnIndexWithoutASegment() {
        // given
        soundFiles();
        disk.put(indexOf(30, ".index"), new byte[10]);
        disk.put(indexOf(30, ".timeindex"), new byte[10]);

        // when
        TestLog.open(disk);

        // then
        assertThat(disk.exists(indexOf(30, ".index"))).isFalse();
        assertThat(disk.exists(indexOf(30, ".timeindex"))).isFalse();
    }

    @Test
    void shouldLeaveFilesThatAreNotItsOwn() {
        // given
        soundFiles();
        Path note = DIRECTORY.resolve("note.txt");
        Path tooLarge = DIRECTORY.resolve("99999999999999999999.log");
        disk.put(note, new byte[] {1});
        disk.put(tooLarge, new byte[] {1});

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.endOffset()).isEqualTo(25);
        assertThat(disk.content(note)).hasSize(1);
        assertThat(disk.content(tooLarge)).hasSize(1);
    }

    @Test
    void shouldNotTrustAnIndexOfBeforeATruncation() {
        for (int seed = 0; seed < 300; seed++) {
            // given: offsets 5 to 7 of a sealed segment are replaced by batches that begin elsewhere, the next is in
            // its place
            FaultyDisk anotherDisk = new FaultyDisk(seed);
            SegmentedLog before = TestLog.openWith(anotherDisk, 15);
            before.truncateTo(5);
            append(
                    before,
                    TestBatches.at(5).records(2).valueBytes(40),
                    TestBatches.at(7).valueBytes(11));
            appendTo(before, 10);
            before.flush();
            byte[] flushed = readAll(before, 0);
            anotherDisk.failForce(4);
            assertThatThrownBy(() -> append(before, batch(10))).isInstanceOf(LogFencedException.class);

            // when: any of the names changed since the truncation is lost
            anotherDisk.powerCut(FaultyDisk.Unsynced.SCATTERED);
            SegmentedLog log = TestLog.open(anotherDisk);

            // then
            assertThat(readAll(log, 0)).as("seed %d", seed).isEqualTo(flushed);
            assertThat(BatchHeader.read(log.read(6, 1, 10), 0).baseOffset())
                    .as("seed %d", seed)
                    .isEqualTo(5);
        }
    }

    // Corruption.

    private enum Corruption {
        MISSING_MIDDLE_SEGMENT,
        SHORT_SEALED_SEGMENT,
        LONG_SEALED_SEGMENT,
        EMPTY_SEALED_SEGMENT,
        LAST_HEADER_FLIPPED,
        FIRST_HEADER_FLIPPED_AND_INDEX_MISSING
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseAndChangeNothingWhenASealedSegmentIsCorrupt(Corruption corruption) throws IOException {
        // given: an index of the first segment is to be rebuilt as well
        soundFiles();
        disk.delete(indexOf(0, ".index"));
        corrupt(corruption);
        Map<Path, byte[]> before = disk.contents();

        // when
        assertThatThrownBy(() -> TestLog.open(disk)).isInstanceOf(CorruptLogException.class);

        // then
        Map<Path, byte[]> after = disk.contents();
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((path, content) -> assertThat(after.get(path)).isEqualTo(content));
    }

    private void corrupt(Corruption corruption) throws IOException {
        Path middle = segment(10).logFile();
        byte[] content = disk.content(middle);
        switch (corruption) {
            case MISSING_MIDDLE_SEGMENT -> disk.delete(middle);
            case SHORT_SEALED_SEGMENT -> disk.put(middle, Arrays.copyOf(content, 9 * BATCH_BYTES));
            case LONG_SEALED_SEGMENT -> disk.put(middle, Arrays.copyOf(content, content.length + 100));
            case EMPTY_SEALED_SEGMENT -> disk.put(middle, new byte[0]);
            case LAST_HEADER_FLIPPED -> disk.flip(middle, 9L * BATCH_BYTES + BatchHeader.MAGIC_POSITION, 1);
            case FIRST_HEADER_FLIPPED_AND_INDEX_MISSING -> {
                disk.flip(middle, BatchHeader.MAGIC_POSITION, 1);
                disk.delete(indexOf(10, ".index"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 8, 11, 16, 23})
    void shouldRefuseToReadABatchWhoseHeaderWasChanged(int positionInBatch) {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        disk.flip(segment(10).logFile(), 3 * BATCH_BYTES + positionInBatch, 0x81);

        // when / then
        assertThatThrownBy(() -> log.read(13, 1_000, 25)).isInstanceOf(CorruptLogException.class);
        assertThatThrownBy(() -> log.read(12, 1_000, 25)).isInstanceOf(CorruptLogException.class);
        assertThat(TestBatches.bytes(log.read(10, 2 * BATCH_BYTES, 25))).isEqualTo(expected(10, 12));
    }

    @Test
    void shouldReadTheOtherSegmentsWhenOneCannotBeRead() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        disk.flip(segment(10).logFile(), BatchHeader.MAGIC_POSITION, 1);

        // when / then
        assertThatThrownBy(() -> log.read(10, 1_000, 25)).isInstanceOf(CorruptLogException.class);
        assertThat(TestBatches.bytes(log.read(0, 10_000, 25))).isEqualTo(expected(0, 10));
        assertThat(TestBatches.bytes(log.read(20, 10_000, 25))).isEqualTo(expected(20, 25));
    }

    /** Three segments from 0, 10 and 20 on, closed, and no checkpoint: all has to be found out. */
    private Map<Path, byte[]> soundFiles() {
        TestLog.openWith(disk, 25).close();
        TestLog.deleteCheckpoint(disk);
        return disk.contents();
    }

    private SegmentedLog openPrepared() {
        try {
            disk.createDirectories(DIRECTORY);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return TestLog.open(disk);
    }

    private static Path indexOf(long baseOffset, String suffix) {
        return suffix.equals(".index")
                ? segment(baseOffset).indexFile()
                : segment(baseOffset).timeIndexFile();
    }

    private static void assertIndexed(SegmentedLog log) {
        for (long offset = 0; offset < 25; offset++) {
            ByteBuffer found = log.read(offset, BATCH_BYTES, 25);
            assertThat(BatchHeader.read(found, 0).baseOffset()).isEqualTo(offset);
            assertThat(log.offsetForTimestamp(1_000 + offset, 25))
                    .contains(new TimestampOffset(1_000 + offset, offset, 0));
        }
    }
}
