package io.oarlog.server.cli;

import static org.awaitility.Awaitility.await;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.PartitionDescription;
import io.oarlog.server.embedded.ClusterPorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** Three broker processes on loopback, for integration tests: what {@code oarlog dev} runs. Confined to the test's thread. */
final class TestCluster implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int NODES = 3;
    /** Killed before the best compiled code would pay. */
    static final List<String> SHORT_LIVED_JVM = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final ProcessCluster cluster;

    private TestCluster(ProcessCluster cluster) {
        this.cluster = cluster;
    }

    static TestCluster start(Path directory) throws IOException, InterruptedException {
        return start(directory, Map.of());
    }

    /** As {@link #start(Path)}, with these settings on every node. */
    static TestCluster start(Path directory, Map<String, String> settings) throws IOException, InterruptedException {
        List<Integer> ports = ClusterPorts.free(2 * NODES, RandomGenerator.getDefault());
        TestCluster started = new TestCluster(new ProcessCluster(
                directory,
                ClusterLayout.local(ports.subList(0, NODES), ports.subList(NODES, 2 * NODES)),
                settings,
                SHORT_LIVED_JVM));
        try {
            started.cluster.startAll();
            started.cluster.awaitReady(LIMIT);
        } catch (IOException | InterruptedException | RuntimeException e) {
            started.close();
            throw e;
        }
        return started;
    }

    String bootstrap() {
        return cluster.bootstrap();
    }

    Path dataDirectory(int node) {
        return cluster.dataDirectory(node);
    }

    String address(int node) {
        return cluster.address(node);
    }

    void start(int node) throws IOException {
        cluster.start(node);
    }

    void kill(int node) throws InterruptedException {
        cluster.kill(node);
    }

    /** By SIGTERM; returns the exit status. */
    int stop(int node) throws InterruptedException {
        return cluster.stop(node);
    }

    void awaitReady() throws InterruptedException {
        cluster.awaitReady(LIMIT);
    }

    void createTopic(String topic, int partitions) {
        createTopic(topic, partitions, Map.of());
    }

    void createTopic(String topic, int partitions, Map<String, String> configs) {
        try (Admin admin = admin()) {
            admin.createTopic(topic, partitions, (short) NODES, configs);
        }
    }

    /** The leader of partition 0 as the cluster tells it, once it has one that is not {@code notThisOne}. */
    int awaitLeader(String topic, int notThisOne) {
        try (Admin admin = admin()) {
            return await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(
                            () -> admin.describeTopic(topic).partitions().get(0),
                            p -> p.hasLeader() && p.leader() != notThisOne)
                    .leader();
        }
    }

    /** The node that coordinates a group, once there is one. */
    int coordinator(String group) {
        try (var kafkas = org.apache.kafka.clients.admin.Admin.create(
                Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap()))) {
            return await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(
                            () -> Objects.requireNonNull(kafkas.describeConsumerGroups(List.of(group))
                                            .all()
                                            .get()
                                            .get(group))
                                    .coordinator()
                                    .id(),
                            node -> node > 0);
        }
    }

    PartitionDescription partition(String topic) {
        try (Admin admin = admin()) {
            return admin.describeTopic(topic).partitions().get(0);
        }
    }

    void awaitIdenticalReplicas(String topic, int partition) {
        List<Path> directories = List.of(cluster.dataDirectory(1), cluster.dataDirectory(2), cluster.dataDirectory(3));
        await().atMost(LIMIT).until(() -> ReplicaFiles.areIdentical(directories, topic, partition));
    }

    private Admin admin() {
        return new Admin(AdminSettings.defaults(bootstrap()));
    }

    @Override
    public void close() {
        cluster.close();
    }
}
