package io.oarlog.testkit;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.PartitionDescription;
import io.oarlog.server.embedded.BrokersNotReadyException;
import io.oarlog.server.embedded.LocalBrokers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A cluster for tests: real brokers in this JVM, with a temporary directory, on free ports of 127.0.0.1. They serve Kafka
 * clients and ZooKeeper clients. Thread-safe.
 *
 * <pre>{@code
 * try (OarlogCluster cluster = OarlogCluster.start(3)) {
 *     cluster.createTopic("orders", 6);
 *     var producer = new Producer(ProducerSettings.defaults(cluster.bootstrapServers()));
 *     ...
 *     cluster.stopNode(2);
 *     cluster.startNode(2);
 * }
 * }</pre>
 *
 * What brokers do here they do anywhere: records are replicated and fsynced before they are acknowledged, leaders are elected.
 * Some settings are for tests: topics are created when they are first used, groups get their partitions without delay, and
 * leaders that are gone are noticed sooner.
 *
 * <p>Nodes are stopped in order, never killed: a JVM cannot take away from itself what a {@code kill -9} or a power cut takes
 * from a process, so a method of that name would promise what it does not do. For that, run brokers as processes
 * ({@code oarlog server}).
 *
 * <p>They log through SLF4J. Ratis tells each step of each partition at INFO: set {@code org.apache.ratis} to ERROR.
 */
public final class OarlogCluster implements AutoCloseable {
    private static final int MAX_NODES = 5;
    /** Bound on what takes a second or two, for machines under load. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final long LOOK_INTERVAL_MILLIS = 10;

    private final TemporaryDirectory directory;
    private final LocalBrokers brokers;
    private final CountDownLatch closed = new CountDownLatch(1);

    private OarlogCluster(TemporaryDirectory directory, int nodes, Map<String, String> settings) {
        this.directory = directory;
        this.brokers = new LocalBrokers(
                directory.path(), nodes, (started, node) -> settings(started.zooKeeperListener(node), settings));
    }

    /**
     * Starts nodes 1 to {@code nodes}. On return each serves clients and knows the others, and the metadata has a leader.
     *
     * @param nodes 1 to 5; records are on three nodes, or on all when there are fewer
     * @throws IllegalStateException when they do not get ready within a minute; nothing is left
     * @throws UncheckedIOException when one cannot start; nothing is left
     */
    public static OarlogCluster start(int nodes) {
        return start(nodes, Map.of());
    }

    /**
     * As {@link #start(int)}, with settings of every broker.
     *
     * @param settings by their names in {@code server.properties}; they take the place of this class's own
     * @throws RuntimeException naming the key, when a setting is unknown or bad
     */
    public static OarlogCluster start(int nodes, Map<String, String> settings) {
        if (nodes < 1 || nodes > MAX_NODES) {
            throw new IllegalArgumentException("nodes=" + nodes + ": give 1 to " + MAX_NODES);
        }
        OarlogCluster cluster = new OarlogCluster(TemporaryDirectory.create(), nodes, Map.copyOf(settings));
        try {
            cluster.brokers.startAll();
            cluster.awaitReady();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static Map<String, String> settings(Map<String, String> zooKeeper, Map<String, String> given) {
        Map<String, String> settings = new HashMap<>(TestSettings.ALL);
        settings.putAll(zooKeeper);
        settings.putAll(given);
        return settings;
    }

    /** For {@code bootstrap.servers}: the addresses of all nodes, by commas. */
    public String bootstrapServers() {
        return brokers.bootstrapServers();
    }

    /** For a ZooKeeper client: the addresses of all nodes, by commas. */
    public String zooKeeperConnectString() {
        return brokers.zooKeeperConnectString();
    }

    /** Ids of all nodes, whether they run or not: 1 and up. */
    public NavigableSet<Integer> nodes() {
        return brokers.nodes();
    }

    /** Ids of the nodes that run. */
    public NavigableSet<Integer> runningNodes() {
        return brokers.running();
    }

    /** Where the node has its files; gone when the cluster is closed. */
    public Path dataDirectory(int node) {
        requireNode(node);
        return brokers.dataDirectory(node);
    }

    /**
     * Creates a topic. On return every partition has a leader.
     *
     * @throws io.oarlog.client.TopicExistsException when it is there
     * @throws IllegalStateException when there is no leader within a minute
     */
    public void createTopic(String name, int partitions) {
        createTopic(name, partitions, Map.of());
    }

    /** As {@link #createTopic(String, int)}, with settings of the topic, such as {@code cleanup.policy}. */
    public void createTopic(String name, int partitions, Map<String, String> configs) {
        try (Admin admin = new Admin(AdminSettings.defaults(bootstrapServers()).withOperationTimeout(LIMIT))) {
            admin.createTopic(name, partitions, (short) -1, configs);
            long deadlineNanos = System.nanoTime() + LIMIT.toNanos();
            while (!admin.describeTopic(name).partitions().stream().allMatch(PartitionDescription::hasLeader)) {
                if (System.nanoTime() > deadlineNanos) {
                    throw new IllegalStateException("topic '" + name + "' has partitions without leader after "
                            + LIMIT.toSeconds() + " s: there run " + runningNodes() + " of " + nodes()
                            + ", and most of a partition's replicas have to");
                }
                pause();
            }
        }
    }

    /** Ends early when the cluster is closed. */
    private void pause() {
        try {
            if (closed.await(LOOK_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("the cluster is closed");
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted", e);
    }

    /**
     * Stops a node in order; the others notice at once, and lead what it led soon after. Does nothing when it does not run.
     */
    public void stopNode(int node) {
        requireNode(node);
        brokers.stop(node);
    }

    /**
     * Starts a node again, with the data that it has left, at the same addresses. On return it serves, unless fewer than a
     * majority of the nodes run: then it does when the others have been started.
     *
     * @throws IllegalStateException when it runs, or does not serve within a minute
     * @throws UncheckedIOException when it cannot start, as when somebody else took its port
     */
    public void startNode(int node) {
        requireNode(node);
        if (closed.getCount() == 0) {
            throw new IllegalStateException("the cluster is closed");
        }
        try {
            brokers.start(node);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
        if (2 * runningNodes().size() > nodes().size()) {
            awaitReady();
        }
    }

    private void requireNode(int node) {
        if (!nodes().contains(node)) {
            throw new IllegalArgumentException("there is no node " + node + ", only " + nodes());
        }
    }

    private void awaitReady() {
        try {
            brokers.awaitReady(LIMIT);
        } catch (BrokersNotReadyException e) {
            throw new IllegalStateException(
                    e.getMessage() + "; look at what io.oarlog logs, and whether this machine is busy", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Stops all nodes and deletes their files. Does nothing the second time. */
    @Override
    public void close() {
        closed.countDown();
        brokers.close();
        directory.delete();
    }
}
