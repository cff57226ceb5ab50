package io.oarlog.log;

import java.util.ArrayList;
import java.util.List;

/**
 * What readers see of a log. Immutable.
 *
 * @param segments in offset order, at least one; only the last is written to
 * @param startOffset first offset that can be read, inclusive; the first segments may reach below it
 * @param endOffset exclusive
 * @param truncations begun and finished so far: what was read under one view is right if the number is still the same
 *     afterwards
 * @param rewrites how often compaction has replaced segments: as long as it stays the same, so do the bytes of all offsets
 */
record LogView(List<Segment> segments, long startOffset, long endOffset, int truncations, int rewrites) {
    LogView {
        segments = List.copyOf(segments);
    }

    Segment last() {
        return segments.get(segments.size() - 1);
    }

    /** Number of the last segment that begins at or before an offset; the offset is not below the start. */
    int segmentNumber(long offset) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments.get(middle).baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** A truncation begins: the segments up to number {@code kept} are left, and the batches below the new end. */
    LogView truncated(int kept, long newEndOffset) {
        return new LogView(segments.subList(0, kept + 1), startOffset, newEndOffset, truncations + 1, rewrites);
    }

    /** The truncation is done. */
    LogView withTruncation() {
        return new LogView(segments, startOffset, endOffset, truncations + 1, rewrites);
    }

    LogView withEndOffset(long newEndOffset) {
        return new LogView(segments, startOffset, newEndOffset, truncations, rewrites);
    }

    LogView withStartOffset(long newStartOffset) {
        return new LogView(segments, newStartOffset, endOffset, truncations, rewrites);
    }

    /** An empty segment behind the last one. */
    LogView rolled(Segment next) {
        List<Segment> more = new ArrayList<>(segments);
        more.add(next);
        return new LogView(more, startOffset, endOffset, truncations, rewrites);
    }

    /** With one segment in the place of some that follow each other. */
    LogView replaced(List<Segment> old, Segment replacement) {
        int first = segments.indexOf(old.get(0));
        List<Segment> fewer = new ArrayList<>(segments.subList(0, first));
        fewer.add(replacement);
        fewer.addAll(segments.subList(first + old.size(), segments.size()));
        return new LogView(fewer, startOffset, endOffset, truncations, rewrites + 1);
    }

    /** Without the first {@code count} segments. */
    LogView withoutFirst(int count) {
        return new LogView(segments.subList(count, segments.size()), startOffset, endOffset, truncations, rewrites);
    }

    /** How many of the first segments lie below the start offset as a whole. The last segment is never one of them. */
    int obsoleteSegments() {
        return segmentNumber(startOffset);
    }

    /** Where a segment ends, exclusive. */
    long endOffsetOf(int segmentNumber) {
        return segmentNumber == segments.size() - 1
                ? endOffset
                : segments.get(segmentNumber + 1).baseOffset();
    }
}
