package io.oarlog.log;

/**
 * What a compaction would find now. Immutable.
 *
 * @param cleanBytes of the segments that were cleaned before
 * @param dirtyBytes of the segments behind them that may be cleaned by now
 * @param firstDirtyTimestamp of the first batch of the latter, in ms since the epoch; -1 when there is none or it is not known
 */
public record CompactionBacklog(long cleanBytes, long dirtyBytes, long firstDirtyTimestamp) {
    /** To compare with Kafka's {@code min.cleanable.dirty.ratio}; 0 when there is nothing to clean. */
    public double dirtyRatio() {
        return dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
    }
}
