package io.oarlog.server.group;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;

/**
 * How soon a member of a group whose assignment the broker makes (KIP-848) is to be heard of again: after the usual interval, or after a fifth of it
 * while partitions of its group change hands. A member gives or takes partitions with a heartbeat each, one after another, so that a rebalance
 * takes some intervals; and a group that has settled costs little. Thread-safe.
 */
final class HeartbeatPace {
    /** Of the usual interval, while partitions change hands. */
    static final int SHARE = 5;
    /** Usual intervals without a change, after which a group has settled: each member was heard of. */
    private static final int QUIET_INTERVALS = 2;

    private final LongSupplier nanoTime;
    /** When a group was last seen to change, by that time; without groups that have settled for long. */
    private final ConcurrentMap<String, Long> changes = new ConcurrentHashMap<>();

    /** @param nanoTime where the time comes from, as of {@link System#nanoTime} */
    HeartbeatPace(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Decides on the interval that a member is told.
     *
     * @param asked its heartbeat
     * @param answered what the coordinator says to it, without an error and with the usual interval
     * @return milliseconds until its next heartbeat
     */
    int nextMillis(ConsumerGroupHeartbeatRequestData asked, ConsumerGroupHeartbeatResponseData answered) {
        long now = nanoTime.getAsLong();
        int usual = answered.heartbeatIntervalMs();
        long quietNanos = TimeUnit.MILLISECONDS.toNanos(QUIET_INTERVALS * (long) usual);
        if (isChange(asked, answered)) {
            changes.values().removeIf(change -> now - change > quietNanos);
            changes.put(asked.groupId(), now);
        }
        Long change = changes.get(asked.groupId());
        return change == null || now - change > quietNanos ? usual : Math.max(1, usual / SHARE);
    }

    /** A member comes, goes, gives partitions up, takes them, or hears that it shall. */
    private static boolean isChange(
            ConsumerGroupHeartbeatRequestData asked, ConsumerGroupHeartbeatResponseData answered) {
        return asked.memberEpoch() <= 0
                || asked.topicPartitions() != null
                || answered.assignment() != null
                || answered.memberEpoch() != asked.memberEpoch();
    }

    /** Of the groups that are remembered. */
    int groups() {
        return changes.size();
    }
}
