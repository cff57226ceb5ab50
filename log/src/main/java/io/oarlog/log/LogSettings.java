package io.oarlog.log;

import java.util.concurrent.TimeUnit;

/**
 * How a log is cut into files. Immutable.
 *
 * @param segmentBytes a new segment is begun before an append that would make the last one larger than this; one append
 *     that is larger by itself gets a segment of its own
 * @param segmentMillis a new segment is begun before an append whose first batch is younger by more than this than the first
 *     batch of the last one. The batches' own timestamps decide, no clock does: all replicas of a log are cut alike
 * @param indexIntervalBytes bytes of batches between two index entries
 */
public record LogSettings(int segmentBytes, long segmentMillis, int indexIntervalBytes) {
    public LogSettings {
        if (segmentBytes < 1) {
            throw new IllegalArgumentException("segmentBytes must be at least 1, found " + segmentBytes);
        }
        if (segmentMillis < 1) {
            throw new IllegalArgumentException("segmentMillis must be at least 1, found " + segmentMillis);
        }
        if (indexIntervalBytes < BatchHeader.BYTES || indexIntervalBytes > 1 << 20) {
            throw new IllegalArgumentException("indexIntervalBytes must be from " + BatchHeader.BYTES + " to "
                    + (1 << 20) + ", found " + indexIntervalBytes);
        }
    }

    /** What Kafka does by default: 1 GiB, 7 days, 4 KiB. */
    public static LogSettings defaults() {
        return new LogSettings(1 << 30, TimeUnit.DAYS.toMillis(7), 4096);
    }

    public LogSettings withSegmentBytes(int newSegmentBytes) {
        return new LogSettings(newSegmentBytes, segmentMillis, indexIntervalBytes);
    }

    public LogSettings withSegmentMillis(long newSegmentMillis) {
        return new LogSettings(segmentBytes, newSegmentMillis, indexIntervalBytes);
    }

    public LogSettings withIndexIntervalBytes(int newIndexIntervalBytes) {
        return new LogSettings(segmentBytes, segmentMillis, newIndexIntervalBytes);
    }
}
