package io.oarlog.server.embedded;

import io.oarlog.log.Disk;
import io.oarlog.server.Broker;
import io.oarlog.server.BrokerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The brokers of one cluster, nodes 1 to n, in this JVM and on its loopback address. Thread-safe; each node is started and
 * stopped by one thread at a time.
 *
 * <p>Node {@code i} keeps its data under {@code <directory>/node-<i>}. Ports are chosen once, so a node that is started again is
 * where it was.
 */
public final class LocalBrokers implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(5);

    /** Chooses a node's settings, by the keys of {@link BrokerSettings}, when it starts. */
    @FunctionalInterface
    public interface NodeSettings {
        /** Settings that are to take the place of those that {@link LocalBrokers} chooses; may name its ports. */
        Map<String, String> of(LocalBrokers brokers, int node);
    }

    private final Path directory;
    private final NodeSettings settings;
    private final IntFunction<Disk> disks;
    private final List<Integer> raftPorts;
    private final List<Integer> kafkaPorts;
    private final List<Integer> zooKeeperPorts;
    private final Map<Integer, Broker> running = new ConcurrentSkipListMap<>();

    /**
     * Chooses the ports; starts nothing.
     *
     * @param nodes 1 to 5
     * @param disks where each node has its segments
     */
    public LocalBrokers(Path directory, int nodes, NodeSettings settings, IntFunction<Disk> disks) {
        this.directory = directory;
        this.settings = settings;
        this.disks = disks;
        List<Integer> ports = ClusterPorts.free(3 * nodes, RandomGenerator.getDefault());
        this.raftPorts = List.copyOf(ports.subList(0, nodes));
        this.kafkaPorts = List.copyOf(ports.subList(nodes, 2 * nodes));
        this.zooKeeperPorts = List.copyOf(ports.subList(2 * nodes, 3 * nodes));
    }

    /** As {@link #LocalBrokers(Path, int, NodeSettings, IntFunction)}, on the real disk. */
    public LocalBrokers(Path directory, int nodes, NodeSettings settings) {
        this(directory, nodes, settings, node -> Disk.system());
    }

    /** Ids of all nodes, whether they run or not. */
    public NavigableSet<Integer> nodes() {
        return IntStream.rangeClosed(1, raftPorts.size()).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    /** Ids of the nodes that run. */
    public NavigableSet<Integer> running() {
        return new TreeSet<>(running.keySet());
    }

    public Path dataDirectory(int node) {
        return directory.resolve("node-" + node);
    }

    public int kafkaPort(int node) {
        return kafkaPorts.get(node - 1);
    }

    /** Where the node serves ZooKeeper clients, if its settings say that it does: {@link #zooKeeperListener}. */
    public int zooKeeperPort(int node) {
        return zooKeeperPorts.get(node - 1);
    }

    /** The setting by which a node serves ZooKeeper clients. */
    public Map<String, String> zooKeeperListener(int node) {
        return Map.of("zookeeper.listener", HOST + ":" + zooKeeperPort(node));
    }

    /** The setting {@code cluster.nodes} that names some of the nodes. */
    public String clusterNodes(Collection<Integer> named) {
        return named.stream()
                .map(id -> id + "@" + HOST + ":" + raftPorts.get(id - 1))
                .collect(Collectors.joining(","));
    }

    /** Addresses of all nodes for Kafka clients, by commas. */
    public String bootstrapServers() {
        return addresses(kafkaPorts);
    }

    /** Addresses of all nodes for ZooKeeper clients, by commas. */
    public String zooKeeperConnectString() {
        return addresses(zooKeeperPorts);
    }

    private static String addresses(Collection<Integer> ports) {
        return ports.stream().map(port -> HOST + ":" + port).collect(Collectors.joining(","));
    }

    /**
     * The node's broker.
     *
     * @throws IllegalStateException when it does not run
     */
    public Broker broker(int node) {
        Broker broker = running.get(node);
        if (broker == null) {
            throw new IllegalStateException("node " + node + " does not run, only " + running());
        }
        return broker;
    }

    /**
     * Starts all nodes at the same time; returns before they serve.
     *
     * @throws UncheckedIOException when one of them cannot start; the others run until {@link #close}
     */
    public void startAll() {
        onEach(nodes(), node -> {
            try {
                start(node);
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        });
    }

    /** At the same time, and waits for all; throws what one of them threw. */
    private static void onEach(Collection<Integer> nodes, IntConsumer action) {
        if (nodes.isEmpty()) {
            return;
        }
        ExecutorService threads = Executors.newFixedThreadPool(nodes.size());
        try {
            CompletableFuture.allOf(nodes.stream()
                            .map(node -> CompletableFuture.runAsync(() -> action.accept(node), threads))
                            .toArray(CompletableFuture<?>[]::new))
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } finally {
            threads.shutdown();
        }
    }

    /**
     * Starts one node, which finds the data that it has left; returns before it serves.
     *
     * @throws IllegalStateException when it runs
     */
    public void start(int node) throws IOException {
        if (running.containsKey(node)) {
            throw new IllegalStateException("node " + node + " runs");
        }
        running.put(node, Broker.start(brokerSettings(node), disks.apply(node)));
    }

    private BrokerSettings brokerSettings(int node) {
        Properties properties = new Properties();
        properties.setProperty("node.id", Integer.toString(node));
        properties.setProperty("cluster.nodes", clusterNodes(nodes()));
        properties.setProperty("data.dir", dataDirectory(node).toString());
        properties.setProperty("listener", HOST + ":" + kafkaPort(node));
        // All of them stop soon, most often.
        properties.setProperty("controlled.shutdown.enable", "false");
        properties.putAll(settings.of(this, node));
        return BrokerSettings.parse(properties);
    }

    /** Stops one node in order: its session ends, its files are closed. Does nothing when it does not run. */
    public void stop(int node) {
        Broker stopped = running.remove(node);
        if (stopped != null) {
            stopped.close();
        }
    }

    /**
     * Waits until every node that runs serves, knows who leads the metadata, and knows all the others that run.
     *
     * @throws BrokersNotReadyException when that takes longer than {@code limit}, or one of them cannot go on
     */
    public void awaitReady(Duration limit) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        CompletableFuture<?> anyFailure = CompletableFuture.anyOf(
                running.values().stream().map(Broker::failure).toArray(CompletableFuture<?>[]::new));
        for (String wants = wants(); !wants.isEmpty(); wants = wants()) {
            if (System.nanoTime() > deadlineNanos) {
                throw new BrokersNotReadyException("not ready after " + limit.toMillis() + " ms: " + wants);
            }
            try {
                Object cause = anyFailure.get(LOOK_INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
                throw new BrokersNotReadyException("a broker cannot go on: " + cause);
            } catch (TimeoutException e) {
                // None has failed: they are looked at again.
            } catch (ExecutionException e) {
                throw new BrokersNotReadyException("a broker cannot go on: " + e.getCause(), e);
            }
        }
    }

    /** Empty when all are ready. */
    private String wants() {
        return running().stream().map(this::want).flatMap(Optional::stream).collect(Collectors.joining("; "));
    }

    private Optional<String> want(int node) {
        Broker broker = running.get(node);
        if (broker == null) {
            return Optional.empty();
        } else if (!broker.serving().isDone()) {
            return Optional.of("node " + node + " does not serve; it needs a majority of " + nodes()
                    + ", and there run " + running());
        } else if (!broker.knowsMetadataLeader()) {
            return Optional.of("node " + node + " knows no leader of the metadata");
        }
        NavigableSet<Integer> missing = running();
        missing.removeAll(broker.knownBrokers());
        return missing.isEmpty() ? Optional.empty() : Optional.of("node " + node + " does not know of " + missing);
    }

    /** Stops all nodes at the same time, in order. */
    @Override
    public void close() {
        onEach(running(), this::stop);
    }
}
