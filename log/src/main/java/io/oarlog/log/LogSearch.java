package io.oarlog.log;

import java.util.Comparator;
import java.util.Optional;

/**
 * Finds in a log what no index leads to, by looks at single batches. Thread-safe; reads the disk. A log whose start moves up
 * meanwhile is searched as it is then.
 */
public final class LogSearch {
    private final SegmentedLog log;

    public LogSearch(SegmentedLog log) {
        this.log = log;
    }

    /**
     * Where a leader epoch ends: leader epochs never fall from one batch to the next, so that halving finds it.
     *
     * @param endOffsetExclusive batches that reach beyond are left out
     * @return the start of the log when all batches are of later epochs; its end when none is
     */
    public EpochEnd endOf(int leaderEpoch, long endOffsetExclusive) {
        while (true) {
            long start = log.startOffset();
            try {
                return endOf(leaderEpoch, start, endOffsetExclusive);
            } catch (IllegalArgumentException e) {
                if (log.startOffset() == start) {
                    throw e;
                }
            }
        }
    }

    private EpochEnd endOf(int leaderEpoch, long start, long endOffsetExclusive) {
        long low = start;
        long high = Math.max(start, Math.min(endOffsetExclusive, log.endOffset()));
        int found = leaderEpoch;
        while (low < high) {
            long middle = low + (high - low) / 2;
            Optional<BatchHeader> header = log.header(middle, endOffsetExclusive);
            if (header.isEmpty() || header.get().leaderEpoch() > leaderEpoch) {
                high = header.isEmpty()
                        ? middle
                        : Math.max(start, Math.min(middle, header.get().baseOffset()));
            } else {
                low = header.get().nextOffset();
                found = header.get().leaderEpoch();
            }
        }
        return new EpochEnd(found, low);
    }

    /** The first of the records with the newest timestamp; empty when no record has one. */
    public Optional<TimestampOffset> newest(long endOffsetExclusive) {
        long newest = log.segments().stream()
                .map(SegmentSummary::maxTimestamp)
                .max(Comparator.naturalOrder())
                .orElse(-1L);
        if (newest < 0) {
            return Optional.empty();
        }
        Optional<TimestampOffset> first = log.offsetForTimestamp(newest, endOffsetExclusive);
        // Else its record lies behind the end, or below the start: what is between is looked through.
        return first.isPresent() ? first : newestOfBatches(endOffsetExclusive);
    }

    private Optional<TimestampOffset> newestOfBatches(long endOffsetExclusive) {
        long[] newest = {-1};
        log.forEachBatch(
                log.startOffset(),
                endOffsetExclusive,
                header -> newest[0] = Math.max(newest[0], header.maxTimestamp()));
        return newest[0] < 0 ? Optional.empty() : log.offsetForTimestamp(newest[0], endOffsetExclusive);
    }
}
