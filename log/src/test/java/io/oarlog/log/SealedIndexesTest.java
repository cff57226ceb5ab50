package io.oarlog.log;

import static io.oarlog.log.TestLog.BATCH_BYTES;
import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lookups in a large sealed segment: every batch but the first has an entry. */
class SealedIndexesTest {
    private static final int BATCHES = 2_000;
    private static final LogSettings SETTINGS = new LogSettings(BATCHES * BATCH_BYTES, Long.MAX_VALUE, BATCH_BYTES);
    private static final int TOP_ENTRY_BYTES = 12;
    /** For a walk from an index entry, over headers. */
    private static final int HEADER_WINDOW_BYTES = 8 * 1024;

    /** Either index, and how a record is looked for in it. */
    private enum Index {
        OFFSETS(segment(0).indexFile(), OffsetIndex.ENTRY_BYTES) {
            @Override
            long lookUp(SegmentedLog log, long offset) {
                ByteBuffer batch = log.read(offset, 1, Long.MAX_VALUE);
                return BatchHeader.read(batch, 0).baseOffset();
            }
        },
        TIMES(segment(0).timeIndexFile(), TimeIndex.ENTRY_BYTES) {
            @Override
            long lookUp(SegmentedLog log, long offset) {
                return log.offsetForTimestamp(1_000 + offset, Long.MAX_VALUE)
                        .orElseThrow()
                        .offset();
            }
        };

        private final Path path;
        private final int pages;
        private final int batchesOfAPage;

        Index(Path path, int entryBytes) {
            this.path = path;
            batchesOfAPage = IndexFile.PAGE_BYTES / entryBytes;
            pages = (BATCHES - 1 + batchesOfAPage - 1) / batchesOfAPage;
        }

        abstract long lookUp(SegmentedLog log, long offset);

        /** The batch of the entry in the midst of a page; entry 0 is of batch 1. */
        private long offsetIn(int page) {
            return Math.min(1 + page * (long) batchesOfAPage + batchesOfAPage / 2, BATCHES - 1);
        }

        private long positionOf(int page) {
            return IndexFile.HEADER_BYTES + (long) pages * TOP_ENTRY_BYTES + (long) page * IndexFile.PAGE_BYTES;
        }
    }

    private final FaultyDisk disk = new FaultyDisk(9);
    private final CountingDisk counting = new CountingDisk(disk);

    @BeforeEach
    void fill() {
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS);
        appendTo(log, BATCHES + 1);
        log.close();
    }

    private SegmentedLog open() {
        return SegmentedLog.open(counting, DIRECTORY, SETTINGS);
    }

    private long readsOf(Path path) {
        return counting.reads(path::equals);
    }

    private long bytesReadOf(Path path) {
        return counting.bytesRead(path::equals);
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadTheTopOnceAndOnePageAndOneInterval(Index index) {
        // given
        SegmentedLog log = open();
        long anyIndex = counting.reads(path -> path.toString().endsWith("index"));
        long segmentBytes = bytesReadOf(segment(0).logFile());
        assertThat(readsOf(index.path)).isZero();

        // when
        long found = index.lookUp(log, index.offsetIn(1));

        // then
        assertThat(found).isEqualTo(index.offsetIn(1));
        assertThat(counting.reads(path -> path.toString().endsWith("index")) - anyIndex)
                .isEqualTo(2);
        assertThat(readsOf(index.path)).isEqualTo(2);
        assertThat(bytesReadOf(index.path))
                .isEqualTo(IndexFile.HEADER_BYTES + index.pages * TOP_ENTRY_BYTES + IndexFile.PAGE_BYTES);
        assertThat(bytesReadOf(segment(0).logFile()) - segmentBytes)
                .isLessThanOrEqualTo(HEADER_WINDOW_BYTES + BATCH_BYTES);

        // when: the same page, then each of the others
        assertThat(index.lookUp(log, index.offsetIn(1) + 1)).isEqualTo(index.offsetIn(1) + 1);
        assertThat(readsOf(index.path)).isEqualTo(2);
        for (int page = 0; page < index.pages; page++) {
            assertThat(index.lookUp(log, index.offsetIn(page))).isEqualTo(index.offsetIn(page));
        }

        // then
        assertThat(readsOf(index.path)).isEqualTo(1L + index.pages);
        assertThat(bytesReadOf(index.path)).isEqualTo(disk.content(index.path).length);
    }

    @Test
    void shouldReadOneIntervalOfTheSegmentForAnOffset() {
        // given
        SegmentedLog log = open();
        long reads = readsOf(segment(0).logFile());
        long bytes = bytesReadOf(segment(0).logFile());

        // when
        ByteBuffer found = log.read(777, BATCH_BYTES, Long.MAX_VALUE);

        // then: the interval and what was asked for
        assertThat(BatchHeader.read(found, 0).baseOffset()).isEqualTo(777);
        assertThat(readsOf(segment(0).logFile()) - reads).isEqualTo(1);
        assertThat(bytesReadOf(segment(0).logFile()) - bytes)
                .isLessThanOrEqualTo(SETTINGS.indexIntervalBytes() + BATCH_BYTES);
    }

    @ParameterizedTest
    @EnumSource
    void shouldAnswerRightlyWhicheverPageIsWrong(Index index) {
        byte[] sound = disk.content(index.path);
        for (int page = 0; page < index.pages; page++) {
            // given
            disk.put(index.path, sound);
            disk.flip(index.path, index.positionOf(page) + 17, 4);
            SegmentedLog log = open();

            // when / then: from before the wrong page to behind it
            for (int other = 0; other < index.pages; other++) {
                assertThat(index.lookUp(log, index.offsetIn(other))).isEqualTo(index.offsetIn(other));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadTheHeadersOnceWhenAPageIsWrong(Index index) {
        // given
        disk.flip(index.path, index.positionOf(1), 1);
        SegmentedLog log = open();
        index.lookUp(log, index.offsetIn(1));
        long bytes = bytesReadOf(segment(0).logFile());
        assertThat(bytes).isGreaterThanOrEqualTo((long) BATCHES * BATCH_BYTES);

        // when
        for (int page = 0; page < index.pages; page++) {
            assertThat(index.lookUp(log, index.offsetIn(page))).isEqualTo(index.offsetIn(page));
        }

        // then
        assertThat(bytesReadOf(segment(0).logFile()) - bytes)
                .isLessThanOrEqualTo((long) index.pages * (HEADER_WINDOW_BYTES + BATCH_BYTES));
    }

    @ParameterizedTest
    @EnumSource
    void shouldAnswerRightlyWhenTheFileIsMissing(Index index) throws IOException {
        // given
        SegmentedLog log = open();
        disk.delete(index.path);

        // when / then
        assertThat(index.lookUp(log, index.offsetIn(1))).isEqualTo(index.offsetIn(1));
        assertThat(disk.exists(index.path)).isFalse();
    }

    /** Written for a larger segment of the same name: it is sound by all of its checksums. */
    @ParameterizedTest
    @EnumSource
    void shouldNotBelieveEntriesThatLieOutsideTheSegment(Index index) throws IOException {
        // given
        OffsetIndex offsets = new OffsetIndex(IndexEntries.empty(OffsetIndex.ENTRY_BYTES));
        TimeIndex times = new TimeIndex(IndexEntries.empty(TimeIndex.ENTRY_BYTES));
        for (int i = 1; i < BATCHES; i++) {
            offsets.add(i, 2 * i * BATCH_BYTES);
            times.add(1_000 + i - 1, i, 2 * i * BATCH_BYTES);
        }
        IndexFile.ofOffsets(disk, segment(0), BATCH_BYTES).write(offsets.entries());
        IndexFile.ofTimes(disk, segment(0), BATCH_BYTES).write(times.entries());
        SegmentedLog log = open();

        // when / then: the top of the offsets tells places, that of the times does not
        long offset = index == Index.OFFSETS ? index.offsetIn(0) : BATCHES - 1;
        assertThat(index.lookUp(log, offset)).isEqualTo(offset);
    }

    @Test
    void shouldNotBelieveAPageThatEndsOutsideTheSegment() throws IOException {
        // given: where the pages begin is right
        OffsetIndex offsets = new OffsetIndex(IndexEntries.empty(OffsetIndex.ENTRY_BYTES));
        for (int i = 1; i < BATCHES; i++) {
            offsets.add(i, (i == BATCHES - 1 ? 2 * i : i) * BATCH_BYTES);
        }
        IndexFile.ofOffsets(disk, segment(0), BATCH_BYTES).write(offsets.entries());
        SegmentedLog log = open();

        // when / then
        assertThat(Index.OFFSETS.lookUp(log, BATCHES - 1)).isEqualTo(BATCHES - 1);
    }

    @Test
    void shouldNotRelyOnIndexesThatEndAtDifferentBatches() throws IOException {
        // given: without a checkpoint the last entries tell where recovery begins
        OffsetIndex offsets = new OffsetIndex(IndexEntries.empty(OffsetIndex.ENTRY_BYTES));
        TimeIndex times = new TimeIndex(IndexEntries.empty(TimeIndex.ENTRY_BYTES));
        offsets.add(10, 10 * BATCH_BYTES);
        times.add(99_999, 11, 11 * BATCH_BYTES);
        IndexFile.ofOffsets(disk, segment(0), BATCH_BYTES).write(offsets.entries());
        IndexFile.ofTimes(disk, segment(0), BATCH_BYTES).write(times.entries());
        TestLog.deleteCheckpoint(disk);

        // when
        SegmentedLog log = open();

        // then
        assertThat(log.recovery().indexesRebuilt()).isEqualTo(1);
        assertThat(log.segments().get(0).maxTimestamp()).isEqualTo(1_000 + BATCHES - 1);
    }
}
