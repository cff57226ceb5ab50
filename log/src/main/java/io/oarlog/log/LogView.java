package io.oarlog.log;

import java.util.List;

/**
 * What readers see of a log. Immutable.
 *
 * @param segments in offset order, at least one; only the last is written to
 * @param endOffset exclusive
 * @param truncations begun and finished so far: what was read under one view is right if the number is still the same
 *     afterwards
 */
record LogView(List<Segment> segments, long endOffset, int truncations) {
    LogView {
        segments = List.copyOf(segments);
    }

    long startOffset() {
        return segments.get(0).baseOffset();
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
        return new LogView(segments.subList(0, kept + 1), newEndOffset, truncations + 1);
    }

    /** The truncation is done. */
    LogView withTruncation() {
        return new LogView(segments, endOffset, truncations + 1);
    }

    LogView withEndOffset(long newEndOffset) {
        return new LogView(segments, newEndOffset, truncations);
    }
}
