package io.oarlog.chaos.workload;

/**
 * What the clients do. The same seed gives each of them the same choices; how far they come depends on the cluster.
 *
 * @param bootstrap of the brokers
 * @param zooKeeper addresses for ZooKeeper clients
 * @param keys partitions of each of the three topics, and registers
 * @param rate operations a second, of all clients together
 * @param directory where histories are written, as the clients see it
 */
public record WorkloadSpec(String bootstrap, String zooKeeper, long seed, int keys, double rate, String directory) {
    /** What the names of the workload's topics begin with. */
    public static final String TOPIC_PREFIX = "chaos-";

    /** Read by consumers that assign partitions to themselves. */
    static final String ASSIGNED_TOPIC = TOPIC_PREFIX + "assigned";

    /** Read by {@link #CONSUMER_GROUP}. */
    static final String CONSUMER_TOPIC = TOPIC_PREFIX + "consumer";

    /** Read by {@link #CLASSIC_GROUP}. */
    static final String CLASSIC_TOPIC = TOPIC_PREFIX + "classic";

    /** The group whose members use KIP-848: Kafka's client and the thin one. */
    static final String CONSUMER_GROUP = "chaos-consumer";

    /** The group whose members use the classic protocol. */
    static final String CLASSIC_GROUP = "chaos-classic";

    /** Histories, in the run's directory. */
    public static final String ASSIGNED_HISTORY = "history-assigned.edn";

    public static final String GROUP_HISTORY = "history-grouped.edn";
    public static final String CLASSIC_HISTORY = "history-classic.edn";
    public static final String COMMIT_HISTORY = "history-commits.edn";
    public static final String REGISTER_HISTORY = "history-registers.edn";
}
