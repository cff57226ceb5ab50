package io.oarlog.server;

import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;

/** Three brokers in this JVM, on loopback, each with a directory of its own. Confined to the test's thread. */
public final class LocalCluster implements AutoCloseable {
    /** Bound against hanging only. */
    public static final Duration LIMIT = Duration.ofSeconds(90);

    private static final List<Integer> NODES = List.of(1, 2, 3);

    private final Path directory;
    private final IntFunction<Disk> disks;
    private final Map<String, String> settings;
    private final Map<Integer, Integer> raftPorts = new TreeMap<>();
    private final Map<Integer, Integer> kafkaPorts = new TreeMap<>();
    private final Map<Integer, Broker> brokers = new TreeMap<>();

    private LocalCluster(Path directory, IntFunction<Disk> disks, Map<String, String> settings) {
        this.directory = directory;
        this.disks = disks;
        this.settings = settings;
    }

    /** Starts three brokers and waits until they know each other. */
    public static LocalCluster start(Path directory) throws IOException {
        return start(directory, node -> Disk.system());
    }

    /** As {@link #start(Path)}, with each node's segments on a disk of the caller's. */
    public static LocalCluster start(Path directory, IntFunction<Disk> disks) throws IOException {
        return start(directory, disks, Map.of());
    }

    /** As {@link #start(Path)}, with these settings beside those that every broker needs. */
    public static LocalCluster start(Path directory, Map<String, String> settings) throws IOException {
        return start(directory, node -> Disk.system(), settings);
    }

    private static LocalCluster start(Path directory, IntFunction<Disk> disks, Map<String, String> settings)
            throws IOException {
        LocalCluster cluster = new LocalCluster(directory, disks, settings);
        List<Integer> ports = freePorts(2 * NODES.size());
        for (int node : NODES) {
            cluster.raftPorts.put(node, ports.get(2 * (node - 1)));
            cluster.kafkaPorts.put(node, ports.get(2 * (node - 1) + 1));
        }
        try {
            for (int node : NODES) {
                cluster.start(node);
            }
            cluster.awaitBrokers(NODES.size());
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            ports.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }

    public void start(int node) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("node.id", Integer.toString(node));
        properties.setProperty(
                "cluster.nodes",
                raftPorts.entrySet().stream()
                        .map(e -> e.getKey() + "@127.0.0.1:" + e.getValue())
                        .collect(Collectors.joining(",")));
        properties.setProperty("data.dir", dataDirectory(node).toString());
        properties.setProperty("listener", "127.0.0.1:" + port(node));
        properties.putAll(settings);
        brokers.put(node, Broker.start(BrokerSettings.parse(properties), disks.apply(node)));
    }

    public void stop(int node) {
        Broker stopped = brokers.remove(node);
        if (stopped != null) {
            stopped.close();
        }
    }

    public Broker broker(int node) {
        return Optional.ofNullable(brokers.get(node)).orElseThrow();
    }

    public Path dataDirectory(int node) {
        return directory.resolve("node-" + node);
    }

    public int port(int node) {
        return Optional.ofNullable(kafkaPorts.get(node)).orElseThrow();
    }

    public String bootstrap() {
        return NODES.stream().map(node -> "127.0.0.1:" + port(node)).collect(Collectors.joining(","));
    }

    /** An admin client of Kafka's own. */
    public Admin admin() {
        return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap()));
    }

    public void awaitBrokers(int count) {
        try (Admin admin = admin()) {
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(
                            () -> admin.describeCluster()
                                    .nodes()
                                    .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
                                    .size(),
                            seen -> seen == count);
        }
    }

    /** Creates a topic with three replicas and waits until every partition has a leader. */
    public void createTopic(String name, int partitions) {
        createTopic(name, partitions, Map.of());
    }

    /** As {@link #createTopic(String, int)}, with settings of its own. */
    public void createTopic(String name, int partitions, Map<String, String> configs) {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) NODES.size()).configs(configs)))
                    .all()
                    .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(() -> describe(admin, name).partitions().stream()
                            .allMatch(p -> p.leader() != null && !p.leader().isEmpty()));
        } catch (Exception e) {
            throw new AssertionError("topic " + name + " could not be created", e);
        }
    }

    /** Node that leads a partition as the cluster tells it. */
    public int leader(String topic, int partition) {
        try (Admin admin = admin()) {
            return await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(
                            () -> describe(admin, topic)
                                    .partitions()
                                    .get(partition)
                                    .leader(),
                            node -> node != null && !node.isEmpty())
                    .id();
        }
    }

    private static TopicDescription describe(Admin admin, String name) throws Exception {
        return Objects.requireNonNull(admin.describeTopics(List.of(name))
                .allTopicNames()
                .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
                .get(name));
    }

    @Override
    public void close() {
        List.copyOf(brokers.keySet()).forEach(this::stop);
    }
}
