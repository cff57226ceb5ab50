package io.oarlog.server;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How a broker looks at the records on its disk. Immutable.
 *
 * @param interval from the end of one round over all partitions to the begin of the next; nothing: never
 * @param bytesPerSecond bound on what is read for it, on average
 */
record ScrubSettings(Optional<Duration> interval, long bytesPerSecond) {
    static final long NEVER = -1;
    /** Some 292 years, of which the nanoseconds can be counted. */
    static final long LONGEST_MILLIS = TimeUnit.NANOSECONDS.toMillis(Long.MAX_VALUE);

    /** Kafka has nothing like it. */
    static ScrubSettings defaults() {
        return new ScrubSettings(Optional.of(Duration.ofDays(7)), 16 * 1024 * 1024);
    }

    /** As it is written in a file. */
    long intervalMillis() {
        return interval.map(Duration::toMillis).orElse(NEVER);
    }
}
