package io.oarlog.log;

import io.oarlog.log.SegmentIndexes.Last;
import io.oarlog.log.SegmentIndexes.Start;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Both indexes of a sealed segment, in their files. A lookup reads at most one page of one file, and before the first one the
 * file's top. Where a file is missing, or what is read of it is wrong, the segment's headers are read instead. Thread-safe;
 * callers hold the segment.
 *
 * <p>The top of a file that was looked into is kept; its pages, and indexes made from the headers, while memory allows.
 */
final class SealedIndexes {
    private final Segment segment;
    private final IndexFile offsetFile;
    private final IndexFile timeFile;
    // Volatile: set by whoever looks first. Two who do so at once read the same.
    private volatile @Nullable IndexPages offsets;
    private volatile @Nullable IndexPages times;
    private volatile @Nullable SoftReference<SegmentIndexes> fromHeaders;

    /** Reads nothing yet. */
    SealedIndexes(Segment segment, IndexFile offsetFile, IndexFile timeFile) {
        this.segment = segment;
        this.offsetFile = offsetFile;
        this.timeFile = timeFile;
    }

    /** The last indexed batch that begins at or before an offset and at or before a position. */
    Start before(long offset, long position) {
        return find(() -> inOffsets(offset - segment.baseOffset(), position), all -> all.before(offset, position));
    }

    /** The last indexed batch before which no record is as young as {@code timestamp}. */
    Start forTimestamp(long timestamp) {
        return find(() -> inTimes(timestamp), all -> all.forTimestamp(timestamp));
    }

    /** Nothing when what it reads is wrong. */
    private interface Search {
        Optional<Start> run() throws IOException;
    }

    private Start find(Search inFile, Function<SegmentIndexes, Start> inHeaders) {
        SoftReference<SegmentIndexes> reference = fromHeaders;
        SegmentIndexes all = reference == null ? null : reference.get();
        if (all == null) {
            Optional<Start> found = run(inFile);
            if (found.isPresent()) {
                return found.get();
            }
            all = segment.rebuildIndexes();
            fromHeaders = new SoftReference<>(all);
        }
        return inHeaders.apply(all);
    }

    private Optional<Start> run(Search inFile) {
        try {
            return inFile.run();
        } catch (IOException e) {
            throw new LogException(offsetFile.path() + ": this index or that of times cannot be read", e);
        }
    }

    private Optional<Start> inOffsets(long relativeOffset, long position) throws IOException {
        Optional<IndexPages> pages = offsets();
        if (pages.isEmpty()) {
            return Optional.empty();
        }
        int number = new OffsetIndex(pages.get().keys()).floor(relativeOffset, position);
        if (number < 0) {
            return Optional.of(Start.ofSegment(segment.baseOffset()));
        }
        return pages.get().page(number).map(OffsetIndex::new).map(page -> {
            int entry = page.floor(relativeOffset, position);
            return new Start(page.position(entry), segment.baseOffset() + page.relativeOffset(entry));
        });
    }

    private Optional<Start> inTimes(long timestamp) throws IOException {
        Optional<IndexPages> pages = times();
        if (pages.isEmpty()) {
            return Optional.empty();
        }
        int number = new TimeIndex(pages.get().keys()).lastWithAllBefore(timestamp);
        if (number < 0) {
            return Optional.of(Start.ofSegment(segment.baseOffset()));
        }
        return pages.get().page(number).map(TimeIndex::new).map(page -> {
            int entry = page.lastWithAllBefore(timestamp);
            return new Start(page.position(entry), segment.baseOffset() + page.relativeOffset(entry));
        });
    }

    /** The last indexed batch, if both files agree on it; of each the top and the last page are looked at. */
    Optional<Last> last() throws IOException {
        Optional<IndexPages> offsetPages = offsets();
        Optional<IndexPages> timePages = times();
        if (offsetPages.isEmpty()
                || timePages.isEmpty()
                || offsetPages.get().entryCount() != timePages.get().entryCount()) {
            return Optional.empty();
        }
        if (offsetPages.get().entryCount() == 0) {
            return Optional.of(Last.none(segment.baseOffset()));
        }
        Optional<IndexEntries> offsetPage = offsetPages.get().lastPage();
        Optional<IndexEntries> timePage = timePages.get().lastPage();
        return offsetPage.isEmpty() || timePage.isEmpty()
                ? Optional.empty()
                : last(new OffsetIndex(offsetPage.get()), new TimeIndex(timePage.get()));
    }

    private Optional<Last> last(OffsetIndex offsetPage, TimeIndex timePage) {
        int inOffsets = offsetPage.entries().count() - 1;
        int inTimes = timePage.entries().count() - 1;
        boolean isSame = offsetPage.relativeOffset(inOffsets) == timePage.relativeOffset(inTimes)
                && offsetPage.position(inOffsets) == timePage.position(inTimes);
        Start start =
                new Start(offsetPage.position(inOffsets), segment.baseOffset() + offsetPage.relativeOffset(inOffsets));
        return isSame ? Optional.of(new Last(start, timePage.maxTimestampBefore(inTimes))) : Optional.empty();
    }

    private Optional<IndexPages> offsets() throws IOException {
        IndexPages seen = offsets;
        if (seen != null) {
            return Optional.of(seen);
        }
        Optional<IndexPages> read = IndexPages.open(
                        offsetFile, page -> new OffsetIndex(page).isSound(segment.sizeInBytes()))
                .filter(pages -> new OffsetIndex(pages.keys()).isSound(segment.sizeInBytes()));
        segment.requireNotReplaced();
        read.ifPresent(pages -> offsets = pages);
        return read;
    }

    private Optional<IndexPages> times() throws IOException {
        IndexPages seen = times;
        if (seen != null) {
            return Optional.of(seen);
        }
        Optional<IndexPages> read =
                IndexPages.open(timeFile, page -> new TimeIndex(page).isSound(segment.sizeInBytes()));
        segment.requireNotReplaced();
        read.ifPresent(pages -> times = pages);
        return read;
    }
}
