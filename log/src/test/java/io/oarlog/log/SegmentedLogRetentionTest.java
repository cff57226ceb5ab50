package io.oarlog.log;

import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.batch;
import static io.oarlog.log.TestLog.expected;
import static io.oarlog.log.TestLog.readAll;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The start of the log: moving it, deleting what lies below, starting anew. */
class SegmentedLogRetentionTest {
    private final FaultyDisk disk = new FaultyDisk(12);

    private List<Path> logFiles() {
        return disk.contents().keySet().stream().filter(SegmentName::isLogFile).toList();
    }

    @Test
    void shouldHideWhatLiesBelowTheStart() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);

        // when
        log.advanceStartOffset(13);

        // then
        assertThat(log.startOffset()).isEqualTo(13);
        assertThatThrownBy(() -> log.read(12, 1_000, 25)).isInstanceOf(IllegalArgumentException.class);
        assertThat(readAll(log, 13)).isEqualTo(expected(13, 25));
        assertThat(log.offsetForTimestamp(0, 99)).contains(new TimestampOffset(1_013, 13, 0));
        assertThatThrownBy(() -> log.truncateTo(12)).isInstanceOf(IllegalArgumentException.class);
        assertThat(logFiles()).hasSize(3);
    }

    @Test
    void shouldLookUpRecordsBehindAStartInsideABatch() {
        // given
        SegmentedLog log = TestLog.open(disk);
        append(log, TestBatches.at(0).records(3).timestamps(5, 6, 7));
        append(log, TestBatches.at(3).records(3).timestamps(15, 16, 17).compressed());

        // when / then
        log.advanceStartOffset(1);
        assertThat(log.offsetForTimestamp(0, 99)).contains(new TimestampOffset(6, 1, 0));
        log.advanceStartOffset(4);
        assertThat(log.offsetForTimestamp(0, 99))
                .hasValueSatisfying(found -> assertThat(found.offset()).isEqualTo(4));
    }

    @Test
    void shouldNotMoveTheStartBackOrBeyondTheEnd() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        log.advanceStartOffset(13);

        // when / then
        log.advanceStartOffset(12);
        assertThat(log.startOffset()).isEqualTo(13);
        assertThatThrownBy(() -> log.advanceStartOffset(26)).isInstanceOf(IllegalArgumentException.class);
        assertThat(log.startOffset()).isEqualTo(13);
    }

    @Test
    void shouldDeleteWholeSegmentsOnly() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 35);
        log.advanceStartOffset(29);

        // when
        int deleted = log.deleteObsoleteSegments();

        // then
        assertThat(deleted).isEqualTo(2);
        assertThat(disk.contents().keySet())
                .containsExactlyInAnyOrder(
                        segment(20).logFile(),
                        segment(20).indexFile(),
                        segment(20).timeIndexFile(),
                        segment(30).logFile(),
                        DIRECTORY.resolve(LogCheckpoint.FILE));
        assertThat(log.firstStoredOffset()).isEqualTo(20);
        assertThat(readAll(log, 29)).isEqualTo(expected(29, 35));
        assertThat(log.deleteObsoleteSegments()).isZero();
    }

    @Test
    void shouldReplaceTheLastSegmentWhenAllOfItIsObsolete() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        log.advanceStartOffset(25);

        // when
        log.deleteObsoleteSegments();

        // then
        assertThat(logFiles()).containsExactly(segment(25).logFile());
        assertThat(log.startOffset()).isEqualTo(25);
        assertThat(log.endOffset()).isEqualTo(25);
        appendTo(log, 40);
        log.flush();
        disk.powerCut(FaultyDisk.Unsynced.LOST);
        SegmentedLog reopened = TestLog.open(disk);
        assertThat(reopened.startOffset()).isEqualTo(25);
        assertThat(readAll(reopened, 25)).isEqualTo(expected(25, 40));
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepTheStartOverACrashAtAnyStepOfADeletion(FaultyDisk.Unsynced unsynced) {
        for (long seed = 0; seed < 20; seed++) {
            for (int step = 1; step < 25; step++) {
                // given
                FaultyDisk crashing = new FaultyDisk(seed);
                SegmentedLog log = TestLog.openWith(crashing, 45);
                log.advanceStartOffset(seed % 2 == 0 ? 32 : 45);
                crashing.killAfter(step);
                boolean isDeleted = deletes(log);
                long start = log.startOffset();

                // when
                crashing.powerCut(unsynced);
                SegmentedLog reopened = TestLog.open(crashing);

                // then
                assertThat(reopened.endOffset())
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(45);
                assertThat(reopened.startOffset()).isIn(0L, start);
                if (isDeleted) {
                    assertThat(reopened.startOffset()).isEqualTo(start);
                }
                assertThat(readAll(reopened, reopened.startOffset())).isEqualTo(expected(reopened.startOffset(), 45));
                reopened.advanceStartOffset(start);
                reopened.deleteObsoleteSegments();
                appendTo(reopened, 60);
                assertThat(readAll(reopened, start)).isEqualTo(expected(start, 60));
            }
        }
    }

    private static boolean deletes(SegmentedLog log) {
        try {
            log.deleteObsoleteSegments();
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    @Test
    void shouldGoOnWhenADeletionFailedAndDeleteTheRestLater() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 45);
        log.advanceStartOffset(32);
        disk.failForce(1);

        // when
        assertThatThrownBy(log::deleteObsoleteSegments).isInstanceOf(LogException.class);

        // then
        append(log, batch(45));
        log.flush();
        assertThat(log.deleteObsoleteSegments()).isEqualTo(3);
        assertThat(readAll(log, 32)).isEqualTo(expected(32, 46));
    }

    @Test
    void shouldStartAnewAboveTheEnd() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);

        // when
        log.startAnewAt(100);

        // then
        assertThat(log.startOffset()).isEqualTo(100);
        assertThat(log.endOffset()).isEqualTo(100);
        assertThat(logFiles()).containsExactly(segment(100).logFile());
        appendTo(log, 115);
        log.flush();
        disk.powerCut(FaultyDisk.Unsynced.LOST);
        assertThat(readAll(TestLog.open(disk), 100)).isEqualTo(expected(100, 115));
        assertThatThrownBy(() -> log.startAnewAt(115)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource
    void shouldHaveTheOldLogOrTheNewOneAfterACrashAtAnyStepOfStartingAnew(FaultyDisk.Unsynced unsynced) {
        for (long seed = 0; seed < 20; seed++) {
            for (int step = 1; step < 25; step++) {
                // given
                FaultyDisk crashing = new FaultyDisk(seed);
                SegmentedLog log = TestLog.openWith(crashing, 25);
                crashing.killAfter(step);
                boolean isDone = startsAnew(log);

                // when
                crashing.powerCut(unsynced);
                SegmentedLog reopened = TestLog.open(crashing);

                // then
                if (isDone || reopened.startOffset() > 0) {
                    assertThat(reopened.startOffset())
                            .as("seed %d, step %d", seed, step)
                            .isEqualTo(100);
                    assertThat(reopened.endOffset()).isEqualTo(100);
                } else {
                    assertThat(readAll(reopened, 0)).isEqualTo(expected(0, 25));
                    reopened.startAnewAt(100);
                }
                appendTo(reopened, 115);
                assertThat(readAll(reopened, 100)).isEqualTo(expected(100, 115));
            }
        }
    }

    private static boolean startsAnew(SegmentedLog log) {
        try {
            log.startAnewAt(100);
            return true;
        } catch (LogFencedException e) {
            return false;
        }
    }
}
