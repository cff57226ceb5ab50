package io.oarlog.log;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * One compaction of a log: reads the keys of the part that was not cleaned before, as many as fit into memory, then copies
 * all segments up to there without the records that are superseded; again, until all is clean. Used once, by one thread.
 *
 * <p>The segments of earlier offsets are replaced first. So a tombstone only goes when nothing older of its key is left.
 */
final class LogCompaction {
    private final SegmentedLog log;
    private final CompactionPolicy policy;
    private final long nowMillis;
    private final int truncations;
    private long endOffsetExclusive;

    private int passes;
    private long recordsRemoved;
    private long batchesRemoved;

    LogCompaction(SegmentedLog log, CompactionPolicy policy, long endOffsetExclusive, long nowMillis) {
        this.log = log;
        this.policy = policy;
        this.endOffsetExclusive = endOffsetExclusive;
        this.nowMillis = nowMillis;
        this.truncations = log.view().truncations();
    }

    /**
     * @throws IOException when a cleaned segment cannot be written; the log goes on with what was cleaned before
     */
    CompactionReport run() throws IOException {
        CleanableSegments cleanable = cleanable();
        long bytesBefore = cleanable.sizeInBytes();
        // What is sealed meanwhile is for the next compaction.
        endOffsetExclusive = cleanable.endOffset();
        boolean isComplete = true;
        while (isComplete && cleanable.isAnyDirty()) {
            isComplete = pass(cleanable);
            cleanable = cleanable();
        }
        return new CompactionReport(
                cleanable.dirtyOffset(),
                isComplete,
                passes,
                bytesBefore,
                cleanable.sizeInBytes(),
                recordsRemoved,
                batchesRemoved);
    }

    private CleanableSegments cleanable() {
        return CleanableSegments.of(log.view(), log.compactedEndOffset(), policy, endOffsetExclusive, nowMillis);
    }

    /** Whether it came to its end. */
    private boolean pass(CleanableSegments cleanable) throws IOException {
        passes++;
        Optional<NewestOffsets> newest = newestOffsets(cleanable);
        if (newest.isEmpty()) {
            return false;
        }
        BatchCompactor compactor = new BatchCompactor(newest.get(), policy, nowMillis);
        long end = newest.get().endOffset();
        for (List<Segment> group : cleanable.groupsBelow(end, log.segmentBytes())) {
            if (!unlessGone(group, () -> clean(group, compactor))) {
                return false;
            }
        }
        return log.onCompacted(end, truncations);
    }

    /** Nothing when it was cancelled. */
    private Optional<NewestOffsets> newestOffsets(CleanableSegments cleanable) throws IOException {
        long from = cleanable.dirtyOffset();
        NewestOffsets newest = new NewestOffsets(from, cleanable.endOffset(), policy.keyMapBytes());
        for (int i = 0; i < cleanable.segments().size() && !newest.isFull(); i++) {
            Segment segment = cleanable.segments().get(i);
            if (cleanable.endOffsetOf(i) > from && !unlessGone(List.of(segment), () -> addKeys(segment, newest))) {
                return Optional.empty();
            }
        }
        return Optional.of(newest);
    }

    private boolean addKeys(Segment segment, NewestOffsets newest) throws IOException {
        segment.retain();
        try {
            SegmentBatches batches = new SegmentBatches(segment, segment.startFor(newest.fromOffset()));
            while (batches.hasNext() && !newest.isFull()) {
                if (isCancelled()) {
                    return false;
                }
                newest.add(batches.next());
            }
            return true;
        } finally {
            segment.release();
        }
    }

    private boolean clean(List<Segment> group, BatchCompactor compactor) throws IOException {
        CleanedSegment cleaned = log.createCleaned(group.get(0).name());
        boolean isReplaced = false;
        try {
            SegmentCleaner cleaner = new SegmentCleaner(compactor, cleaned, this::isCancelled);
            for (Segment segment : group) {
                if (!add(segment, cleaner)) {
                    return false;
                }
            }
            if (!cleaner.finish() && group.size() == 1) {
                // Nothing has changed: the segment stays.
                return true;
            }
            cleaned.force();
            isReplaced = log.replace(group, cleaned, truncations);
            if (isReplaced) {
                recordsRemoved += cleaner.recordsRemoved();
                batchesRemoved += cleaner.batchesRemoved();
            }
            return isReplaced;
        } finally {
            if (!isReplaced) {
                cleaned.discard();
            }
        }
    }

    private static boolean add(Segment segment, SegmentCleaner cleaner) throws IOException {
        segment.retain();
        try {
            return cleaner.add(segment);
        } finally {
            segment.release();
        }
    }

    /** A part of the work: false when it was cancelled. */
    private interface Step {
        boolean run() throws IOException;
    }

    /** As readers do: what fails because the log was truncated, closed or lost the segments meanwhile is no failure. */
    private boolean unlessGone(List<Segment> segments, Step step) throws IOException {
        try {
            return step.run();
        } catch (LogFencedException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            if (isCancelled() || !log.view().segments().containsAll(segments)) {
                return false;
            }
            throw e;
        }
    }

    private boolean isCancelled() {
        return log.isCompactionCancelled(truncations);
    }
}
