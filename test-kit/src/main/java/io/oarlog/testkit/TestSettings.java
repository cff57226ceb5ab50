package io.oarlog.testkit;

import java.util.Map;

/** How brokers in tests differ from others. */
final class TestSettings {
    /**
     * By their names in {@code server.properties}.
     *
     * <ul>
     *   <li>topics are there when they are first used, as tests of Kafka clients expect;
     *   <li>groups get partitions at once, and hear of new members soon; one partition keeps them all, because each is a Raft
     *       group on every node;
     *   <li>elections are soon: all nodes pause together when this JVM does, so none is taken for dead that only waits;
     *   <li>a small disk will do;
     *   <li>ZooKeeper sessions may be short, so that a test can wait for the end of one.
     * </ul>
     */
    static final Map<String, String> ALL = Map.of(
            "auto.create.topics.enable", "true",
            "group.initial.rebalance.delay.ms", "0",
            "group.consumer.heartbeat.interval.ms", "500",
            "offsets.topic.num.partitions", "1",
            "election.timeout.min.ms", "300",
            "election.timeout.max.ms", "600",
            "disk.reserve.bytes", "16777216",
            "zookeeper.min.session.timeout.ms", "500");

    private TestSettings() {}
}
