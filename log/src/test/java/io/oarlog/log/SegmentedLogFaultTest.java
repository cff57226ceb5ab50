package io.oarlog.log;

import static io.oarlog.log.TestLog.BATCH_BYTES;
import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.batch;
import static io.oarlog.log.TestLog.expected;
import static io.oarlog.log.TestLog.readAll;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a log does when its disk fails under it. */
class SegmentedLogFaultTest {
    private final FaultyDisk disk = new FaultyDisk(2);

    @Test
    void shouldBeFencedWhenAWriteFailed() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 5);
        disk.failWrite(1);

        // when
        assertThatThrownBy(() -> append(log, batch(5))).isInstanceOf(LogFencedException.class);

        // then
        assertFenced(log, 5);
        disk.powerCut(FaultyDisk.Unsynced.SCATTERED);
        assertThat(readAll(TestLog.open(disk), 0)).isEqualTo(expected(0, 5));
    }

    @Test
    void shouldBeFencedWhenAForceFailedAndNeverTryAgain() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 5);
        append(log, batch(5));
        disk.failForce(1);

        // when
        assertThatThrownBy(log::flush).isInstanceOf(LogFencedException.class);

        // then
        int forces = disk.forces();
        assertFenced(log, 6);
        assertThat(disk.forces()).isEqualTo(forces);
        disk.powerCut(FaultyDisk.Unsynced.LOST);
        assertThat(TestLog.open(disk).endOffset()).isBetween(5L, 6L);
    }

    @Test
    void shouldBeFencedWhenAWriteFailedWithAnError() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 5);
        disk.failNextWriteWith(new OutOfMemoryError("Cannot reserve direct buffer memory"));

        // when
        assertThatThrownBy(() -> append(log, batch(5))).isInstanceOf(LogFencedException.class);

        // then
        assertFenced(log, 5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    void shouldBeFencedWhenKilledAtAnyStepOfARoll(int step) {
        // given
        SegmentedLog log = TestLog.openWith(disk, 10);
        disk.killAfter(step);

        // when
        assertThatThrownBy(() -> append(log, batch(10))).isInstanceOf(LogFencedException.class);

        // then
        disk.restart();
        SegmentedLog reopened = TestLog.open(disk);
        assertThat(reopened.endOffset()).isEqualTo(10);
        appendTo(reopened, 30);
        assertThat(readAll(reopened, 0)).isEqualTo(expected(0, 30));
    }

    @Test
    void shouldTakeTheSameAppendWhenAFullDiskHasRoomAgain() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 5);
        disk.leaveSpace(2 * BATCH_BYTES + 10);
        append(log, batch(5), batch(6));

        // when
        assertThatThrownBy(() -> append(log, batch(7)))
                .isInstanceOf(DiskFullException.class)
                .hasMessageContaining("no space left");

        // then: nothing is left of the attempt, what came before can be made durable, and it goes on
        assertThat(log.endOffset()).isEqualTo(7);
        assertThat(disk.content(segment(0).logFile())).hasSize(7 * BATCH_BYTES);
        log.flush();
        disk.heal();
        append(log, batch(7));
        log.flush();
        disk.powerCut(FaultyDisk.Unsynced.LOST);
        SegmentedLog reopened = TestLog.open(disk);
        assertThat(readAll(reopened, 0)).isEqualTo(expected(0, 8));
        assertThat(reopened.recovery().bytesCut()).isZero();
    }

    @Test
    void shouldTakeTheSameAppendWhenAFullDiskHasRoomAtAnyStepOfARoll() {
        int spaceBytes = 0;
        boolean isFull = true;
        while (isFull) {
            // given: a segment that the next append seals
            FaultyDisk small = new FaultyDisk(spaceBytes);
            SegmentedLog log = TestLog.openWith(small, 10);
            small.leaveSpace(spaceBytes++);

            // when
            isFull = isRefusedAsFull(log, batch(10));

            // then
            assertThat(log.endOffset()).isEqualTo(isFull ? 10 : 11);
            small.heal();
            appendTo(log, 11);
            log.flush();
            small.powerCut(FaultyDisk.Unsynced.LOST);
            assertThat(readAll(TestLog.open(small), 0)).isEqualTo(expected(0, 11));
        }
        assertThat(spaceBytes).isGreaterThan(BATCH_BYTES);
    }

    @Test
    void shouldLeaveNothingOfARollThatAFullDiskEnded() {
        for (int spaceBytes = 0; spaceBytes < 300; spaceBytes++) {
            for (int seed = 0; seed < 10; seed++) {
                // given: a large append that needs a new segment is refused, a small one then fits into the old one
                FaultyDisk small = new FaultyDisk(seed);
                SegmentedLog log = TestLog.openWith(small, 9);
                small.leaveSpace(spaceBytes);
                assertThat(isRefusedAsFull(log, batch(9), batch(10))).isTrue();
                small.heal();
                append(log, batch(9));
                log.flush();

                // when
                small.powerCut(FaultyDisk.Unsynced.SCATTERED);

                // then
                assertThat(readAll(TestLog.open(small), 0))
                        .as("space %d, seed %d", spaceBytes, seed)
                        .isEqualTo(expected(0, 10));
            }
        }
    }

    private static boolean isRefusedAsFull(SegmentedLog log, TestBatches... batches) {
        try {
            append(log, batches);
            return false;
        } catch (DiskFullException e) {
            return true;
        }
    }

    @Test
    void shouldDeleteObsoleteSegmentsWhenAFullDiskHasRoomAgain() {
        // given: all records are obsolete, so that an empty segment is needed
        SegmentedLog log = TestLog.openWith(disk, 15);
        log.advanceStartOffset(15);
        disk.leaveSpace(0);

        // when
        assertThatThrownBy(log::deleteObsoleteSegments).isInstanceOf(DiskFullException.class);

        // then
        disk.heal();
        assertThat(log.deleteObsoleteSegments()).isEqualTo(2);
        appendTo(log, 20);
        assertThat(log.startOffset()).isEqualTo(15);
        assertThat(log.endOffset()).isEqualTo(20);
    }

    @Test
    void shouldBeFencedWhenAForceFailsAlthoughTheDiskIsFull() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 5);
        append(log, batch(5));
        disk.leaveSpace(0);
        disk.failForce(1);

        // when
        assertThatThrownBy(log::flush).isInstanceOf(LogFencedException.class);

        // then
        assertFenced(log, 6);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldGoOnReadingBelowTheCutWhenATruncationFailed(int step) {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        disk.killAfter(step);

        // when
        assertThatThrownBy(() -> log.truncateTo(5)).isInstanceOf(LogFencedException.class);

        // then
        disk.restart();
        SegmentedLog reopened = TestLog.open(disk);
        assertThat(reopened.endOffset()).isBetween(5L, 25L);
        assertThat(readAll(reopened, 0)).isEqualTo(expected(0, reopened.endOffset()));
    }

    @Test
    void shouldAnswerBelowTheCutWhenATruncationFailedMidway() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        disk.failForce(2);

        // when
        assertThatThrownBy(() -> log.truncateTo(5)).isInstanceOf(LogFencedException.class);

        // then
        assertFenced(log, 5);
        assertThat(log.offsetForTimestamp(1_003, 5)).contains(new TimestampOffset(1_003, 3, 0));
        assertThat(log.offsetForTimestamp(1_010, Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void shouldNotCutWhatCannotBeReadAnyMore() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 10);
        int magicOfBatch5 = 5 * BATCH_BYTES + BatchHeader.MAGIC_POSITION;
        disk.flip(segment(0).logFile(), magicOfBatch5, 0x40);

        // when
        assertThatThrownBy(() -> log.truncateTo(6)).isInstanceOf(LogException.class);

        // then
        assertThatThrownBy(() -> append(log, batch(log.endOffset()))).isInstanceOf(LogFencedException.class);
        assertThat(disk.content(segment(0).logFile())).hasSize(10 * BATCH_BYTES);
        assertThat(TestBatches.bytes(log.read(0, 2 * BATCH_BYTES, 10))).isEqualTo(expected(0, 2));
    }

    /** Nothing changes any more, and all that was there can be read. */
    private static void assertFenced(SegmentedLog log, long endOffset) {
        assertThatThrownBy(() -> append(log, batch(log.endOffset()))).isInstanceOf(LogFencedException.class);
        assertThatThrownBy(log::flush).isInstanceOf(LogFencedException.class);
        assertThatThrownBy(() -> log.truncateTo(1)).isInstanceOf(LogFencedException.class);
        assertThat(log.endOffset()).isEqualTo(endOffset);
        assertThat(readAll(log, 0)).isEqualTo(expected(0, endOffset));
    }
}
