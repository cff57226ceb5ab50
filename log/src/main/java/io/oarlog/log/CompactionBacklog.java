package io.oarlog.log;

/**
 * What a compaction would find now. Immutable.
 *
 * @param cleanBytes of the segments that were cleaned before
 * @param dirtyBytes of the segments behind them that may be cleaned by now
 */
public record CompactionBacklog(long cleanBytes, long dirtyBytes) {
    /** To compare with Kafka's {@code min.cleanable.dirty.ratio}; 0 when there is nothing to clean. */
    public double dirtyRatio() {
        return dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
    }
}
