package io.oarlog.server;

import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.server.embedded.LocalBrokers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;

/** Three brokers in this JVM, as the test kit starts them, and what tests ask of them. Confined to the test's thread. */
public final class LocalCluster implements AutoCloseable {
    /** Bound against hanging only. */
    public static final Duration LIMIT = Duration.ofSeconds(90);

    private static final int NODES = 3;

    private final LocalBrokers brokers;

    private LocalCluster(LocalBrokers brokers) {
        this.brokers = brokers;
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
        LocalBrokers brokers = new LocalBrokers(directory, NODES, (started, node) -> settings, disks);
        try {
            brokers.startAll();
            brokers.awaitReady(LIMIT);
        } catch (InterruptedException e) {
            brokers.close();
            throw new InterruptedIOException("interrupted in the start");
        } catch (RuntimeException e) {
            brokers.close();
            throw e;
        }
        return new LocalCluster(brokers);
    }

    public void start(int node) throws IOException {
        brokers.start(node);
    }

    public void stop(int node) {
        brokers.stop(node);
    }

    public Broker broker(int node) {
        return brokers.broker(node);
    }

    public Path dataDirectory(int node) {
        return brokers.dataDirectory(node);
    }

    public int port(int node) {
        return brokers.kafkaPort(node);
    }

    public String bootstrap() {
        return brokers.bootstrapServers();
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
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) NODES).configs(configs)))
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
        brokers.close();
    }
}
