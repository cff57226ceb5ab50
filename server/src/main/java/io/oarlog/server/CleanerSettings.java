package io.oarlog.server;

import java.time.Duration;

/**
 * How a broker compacts the partitions that it hosts. Immutable.
 *
 * @param isEnabled whether it does at all
 * @param keyMapBytes bound on the memory for keys, of the one compaction that runs at a time
 * @param backoff how long it waits when there is nothing left to compact
 */
record CleanerSettings(boolean isEnabled, int keyMapBytes, Duration backoff) {
    /** Kafka's. */
    static CleanerSettings defaults() {
        return new CleanerSettings(true, 128 * 1024 * 1024, Duration.ofSeconds(15));
    }
}
