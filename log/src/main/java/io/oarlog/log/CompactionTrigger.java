package io.oarlog.log;

/**
 * When it is worth while to compact: by Kafka's {@code min.cleanable.dirty.ratio} and {@code max.compaction.lag.ms}. Immutable.
 *
 * @param minDirtyRatio once more than this share of what may be compacted is dirty
 * @param maxLagMillis or once a record was left dirty for longer than this, going by its timestamp
 */
public record CompactionTrigger(double minDirtyRatio, long maxLagMillis) {
    public CompactionTrigger {
        if (!(minDirtyRatio >= 0 && minDirtyRatio <= 1)) {
            throw new IllegalArgumentException("minDirtyRatio must be in 0..1, found " + minDirtyRatio);
        }
        if (maxLagMillis < 1) {
            throw new IllegalArgumentException("maxLagMillis must be at least 1, found " + maxLagMillis);
        }
    }

    /** As soon as there is anything to compact. */
    public static CompactionTrigger always() {
        return new CompactionTrigger(0, Long.MAX_VALUE);
    }

    /** Whether there is enough to compact. */
    public boolean isDue(CompactionBacklog backlog, long nowMillis) {
        return backlog.dirtyRatio() > minDirtyRatio
                || (backlog.dirtyBytes() > 0 && isOverdue(backlog.firstDirtyTimestamp(), nowMillis));
    }

    private boolean isOverdue(long timestamp, long nowMillis) {
        return timestamp >= 0 && nowMillis - timestamp > maxLagMillis;
    }
}
