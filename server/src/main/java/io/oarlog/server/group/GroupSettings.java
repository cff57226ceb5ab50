package io.oarlog.server.group;

import java.time.Duration;

/**
 * How groups are coordinated. Immutable.
 *
 * @param offsetsPartitions partitions of the offsets topic when it is created
 * @param offsetsReplicationFactor its replicas
 * @param offsetsRetention how long offsets are kept after their group has lost its last member
 * @param minSessionTimeout shortest that a member of a classic group may ask for
 * @param maxSessionTimeout longest
 * @param initialRebalanceDelay how long a new classic group waits for more members before its first assignment
 * @param consumerSessionTimeout of members of groups whose assignment the broker makes (KIP-848)
 * @param consumerHeartbeatInterval at which such members are to be heard of, and five times as often while partitions of their group change hands
 */
public record GroupSettings(
        int offsetsPartitions,
        int offsetsReplicationFactor,
        Duration offsetsRetention,
        Duration minSessionTimeout,
        Duration maxSessionTimeout,
        Duration initialRebalanceDelay,
        Duration consumerSessionTimeout,
        Duration consumerHeartbeatInterval) {
    private static final Duration CONSUMER_HEARTBEAT = Duration.ofSeconds(1);
    private static final int MOST_REPLICAS = 3;

    /** Of the offsets topic, in a cluster of so many nodes. */
    public static int replicationFactor(int nodes) {
        return Math.min(MOST_REPLICAS, nodes);
    }

    /**
     * Kafka's, but for the offsets topic, which it gives 50 partitions (here each is a Raft group), and the heartbeats of KIP-848, which it has every
     * 5 seconds: a member hears of a rebalance with its heartbeat, and gives and takes partitions with two more.
     */
    public static GroupSettings defaults(int offsetsReplicationFactor) {
        return new GroupSettings(
                8,
                offsetsReplicationFactor,
                Duration.ofDays(7),
                Duration.ofSeconds(6),
                Duration.ofMinutes(30),
                Duration.ofSeconds(3),
                Duration.ofSeconds(45),
                CONSUMER_HEARTBEAT);
    }
}
