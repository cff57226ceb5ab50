package io.oarlog.server.api;

import io.oarlog.log.LogSettings;
import io.oarlog.log.RetentionPolicy;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.TimestampType;

/**
 * What holds for topics that do not say. Immutable.
 *
 * @param segmentBytes a new segment is begun at this size
 * @param segmentMillis a new segment is begun for a record that is younger by more than this than the segment's first
 * @param timestampType whether records keep their producer's time or get that of the append
 */
public record TopicDefaults(
        RetentionPolicy retention, int segmentBytes, long segmentMillis, TimestampType timestampType) {
    /** Kafka takes no smaller segments either. */
    public static final int MIN_SEGMENT_BYTES = 1 << 20;

    /** Kafka's: seven days whatever the size, segments of 1 GiB or seven days, the producer's time. */
    public static TopicDefaults kafkas() {
        LogSettings log = LogSettings.defaults();
        return new TopicDefaults(
                new RetentionPolicy(TimeUnit.DAYS.toMillis(7), RetentionPolicy.UNLIMITED),
                log.segmentBytes(),
                log.segmentMillis(),
                TimestampType.CREATE_TIME);
    }
}
