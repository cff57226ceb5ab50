package io.oarlog.log;

import static io.oarlog.log.TestLog.BATCH_BYTES;
import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.batch;
import static io.oarlog.log.TestLog.expected;
import static io.oarlog.log.TestLog.readAll;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogCheckpointTest {
    private static final Path CHECKPOINT = DIRECTORY.resolve(LogCheckpoint.FILE);

    private final FaultyDisk disk = new FaultyDisk(11);

    @Test
    void shouldOpenNoSegmentWhenTheLogWasClosedFlushed() {
        // given
        TestLog.openWith(disk, 25).close();
        List<Path> opened = new ArrayList<>();
        disk.beforeOpen(opened::add);

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(opened).noneMatch(SegmentName::isLogFile);
        assertThat(log.recovery().bytesScanned()).isZero();
        assertThat(disk.openFiles()).isZero();
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 25));
        assertThat(log.offsetForTimestamp(1_024, 99)).contains(new TimestampOffset(1_024, 24, 0));
    }

    @Test
    void shouldScanTheLastSegmentAloneAfterAKill() {
        // given
        TestLog.openWith(disk, 25);
        disk.restart();
        List<Path> opened = new ArrayList<>();
        disk.beforeOpen(opened::add);

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(opened.stream().filter(SegmentName::isLogFile))
                .containsOnly(segment(20).logFile());
        assertThat(log.recovery().bytesScanned()).isEqualTo(5 * BATCH_BYTES);
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 25));
    }

    @Test
    void shouldScanWhatCameAfterTheCleanStopAlone() {
        // given
        TestLog.openWith(disk, 23).close();
        TestLog.openWith(disk, 28);
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(log.recovery().bytesScanned()).isEqualTo(5 * BATCH_BYTES);
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 28));
        assertThat(log.offsetForTimestamp(1_027, 99)).contains(new TimestampOffset(1_027, 27, 0));
        appendTo(log, 45);
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 45));
    }

    @Test
    void shouldPromiseNothingOfWhatWasNotFlushedWhenClosed() {
        // given
        SegmentedLog before = TestLog.openWith(disk, 13);
        append(before, batch(13));
        before.close();
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(readAll(log, 0)).isEqualTo(expected(0, 13));
    }

    @Test
    void shouldWriteNothingWhenClosedAsItWasOpened() {
        // given
        TestLog.openWith(disk, 25).close();
        int forces = disk.forces();

        // when
        SegmentedLog log = TestLog.open(disk);
        log.close();

        // then: opening syncs the directory's names
        assertThat(disk.forces() - forces).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 10, 13, 20, 22, 24})
    void shouldNotBelieveWhatWasTruncatedSince(long newEndOffset) {
        // given
        TestLog.openWith(disk, 25).close();
        SegmentedLog before = TestLog.open(disk);
        before.truncateTo(newEndOffset);
        append(before, TestBatches.at(newEndOffset).valueBytes(33));
        before.flush();
        byte[] flushed = readAll(before, 0);
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // when
        SegmentedLog log = TestLog.open(disk);

        // then
        assertThat(readAll(log, 0)).isEqualTo(flushed);
    }

    @Test
    void shouldDoWithoutWhenAnyByteOfItIsFlippedOrCut() {
        TestLog.openWith(disk, 25).close();
        byte[] sound = disk.content(CHECKPOINT);
        for (int position = 0; position < sound.length; position++) {
            // given
            disk.put(CHECKPOINT, sound);
            disk.flip(CHECKPOINT, position, 1 << position % 8);

            // when / then
            assertThat(readAll(TestLog.open(disk), 0))
                    .as("flip at %d", position)
                    .isEqualTo(expected(0, 25));

            // given
            disk.put(CHECKPOINT, Arrays.copyOf(sound, position));

            // when / then
            assertThat(readAll(TestLog.open(disk), 0)).as("cut at %d", position).isEqualTo(expected(0, 25));
        }
    }

    @Test
    void shouldRefuseALogWhoseLastSegmentIsGone() throws IOException {
        // given
        TestLog.openWith(disk, 25).close();
        disk.delete(segment(20).logFile());

        // when / then
        assertThatThrownBy(() -> TestLog.open(disk))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining(segment(20).logFile().toString());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 10, 20})
    void shouldRefuseASegmentThatIsShorterThanItWas(long baseOffset) {
        // given
        TestLog.openWith(disk, 25).close();
        Path file = segment(baseOffset).logFile();
        byte[] content = disk.content(file);
        disk.put(file, Arrays.copyOf(content, content.length - BATCH_BYTES));

        // when / then
        assertThatThrownBy(() -> TestLog.open(disk))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining(file.toString());
    }
}
