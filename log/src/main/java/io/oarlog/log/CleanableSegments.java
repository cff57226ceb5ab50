package io.oarlog.log;

import java.util.ArrayList;
import java.util.List;

/**
 * The segments of a log that a compaction may touch, by Kafka's rules: the ones that were cleaned before, and behind them the
 * ones that are sealed, lie below an offset as a whole and are old enough, up to the first that does not. Immutable.
 *
 * @param segments in order, without those below the log's start
 * @param dirtyOffset where the part begins that was not cleaned before, inclusive
 * @param endOffset where the last of the segments ends, exclusive
 */
record CleanableSegments(List<Segment> segments, long dirtyOffset, long endOffset) {
    /** @param compactedEndOffset where earlier compactions ended */
    static CleanableSegments of(
            LogView view, long compactedEndOffset, CompactionPolicy policy, long endOffsetExclusive, long nowMillis) {
        List<Segment> found = new ArrayList<>();
        int first = view.obsoleteSegments();
        long end = view.segments().get(first).baseOffset();
        long dirty = Math.max(compactedEndOffset, end);
        for (int i = first; i < view.segments().size() - 1; i++) {
            Segment segment = view.segments().get(i);
            boolean isClean = view.endOffsetOf(i) <= dirty;
            boolean isOldEnough =
                    policy.minLagMillis() == 0 || segment.maxTimestamp() <= nowMillis - policy.minLagMillis();
            if (view.endOffsetOf(i) > endOffsetExclusive || !(isClean || isOldEnough)) {
                break;
            }
            found.add(segment);
            end = view.endOffsetOf(i);
        }
        return new CleanableSegments(List.copyOf(found), dirty, end);
    }

    boolean isAnyDirty() {
        return endOffset > dirtyOffset;
    }

    CompactionBacklog backlog() {
        long clean = 0;
        long dirty = 0;
        long firstDirtyTimestamp = SegmentIndexes.NO_TIMESTAMP;
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (endOffsetOf(i) <= dirtyOffset) {
                clean += segment.sizeInBytes();
            } else {
                firstDirtyTimestamp = dirty == 0 ? segment.firstTimestamp() : firstDirtyTimestamp;
                dirty += segment.sizeInBytes();
            }
        }
        return new CompactionBacklog(clean, dirty, firstDirtyTimestamp);
    }

    long sizeInBytes() {
        return segments.stream().mapToLong(Segment::sizeInBytes).sum();
    }

    /** Exclusive. */
    long endOffsetOf(int number) {
        return number == segments.size() - 1
                ? endOffset
                : segments.get(number + 1).baseOffset();
    }

    /** The segments that begin below an offset, in groups of neighbours that fit into one segment together. */
    List<List<Segment>> groupsBelow(long offset, int segmentBytes) {
        List<List<Segment>> groups = new ArrayList<>();
        List<Segment> group = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < segments.size() && segments.get(i).baseOffset() < offset; i++) {
            Segment segment = segments.get(i);
            boolean isFull = !group.isEmpty()
                    && (bytes + segment.sizeInBytes() > segmentBytes
                            // Index entries hold offsets relative to the segment's in 31 bits.
                            || endOffsetOf(i) - 1 - group.get(0).baseOffset() > Integer.MAX_VALUE);
            if (isFull) {
                groups.add(List.copyOf(group));
                group.clear();
                bytes = 0;
            }
            group.add(segment);
            bytes += segment.sizeInBytes();
        }
        if (!group.isEmpty()) {
            groups.add(List.copyOf(group));
        }
        return groups;
    }
}
