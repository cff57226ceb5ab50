package io.oarlog.log;

/**
 * How a compacted log is cleaned: the rules of Kafka's {@code cleanup.policy=compact}. Immutable.
 *
 * @param minLagMillis a segment is left alone until its youngest record is as old as this
 * @param deleteRetentionMillis how long a tombstone stays once everything older of its key is gone, so that a reader who
 *     began before still learns of it
 * @param keyMapBytes bound on the memory for the newest offset of each key, {@value KeyOffsets#SLOT_BYTES} bytes a key and
 *     a quarter of it left free; what does not fit is cleaned in several passes
 */
public record CompactionPolicy(long minLagMillis, long deleteRetentionMillis, int keyMapBytes) {
    public static final int MIN_KEY_MAP_BYTES = 1024;

    public CompactionPolicy {
        if (minLagMillis < 0 || deleteRetentionMillis < 0) {
            throw new IllegalArgumentException("lag and retention must be 0 or more, found " + minLagMillis + " and "
                    + deleteRetentionMillis + " ms");
        }
        if (keyMapBytes < MIN_KEY_MAP_BYTES) {
            throw new IllegalArgumentException(
                    "keyMapBytes must be at least " + MIN_KEY_MAP_BYTES + ", found " + keyMapBytes);
        }
    }

    /** Until when a tombstone stays that is cleaned over now for the first time. */
    long deleteHorizon(long nowMillis) {
        long horizon = nowMillis + deleteRetentionMillis;
        return horizon < 0 ? Long.MAX_VALUE : horizon;
    }
}
