package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oarlog.server.LocalCluster;
import io.oarlog.server.SteadySender;
import io.oarlog.server.embedded.LocalBrokers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Nodes come and go while clients write and read. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class NodesIT {
    private static final Logger LOG = LoggerFactory.getLogger(NodesIT.class);
    private static final List<Integer> FIRST = List.of(1, 2, 3);
    private static final int PARTITIONS = 6;

    @TempDir
    Path directory;

    /** Raft ports of nodes that have moved. */
    private final Map<Integer, Integer> moved = new ConcurrentHashMap<>();

    /** Each node knows where the first three were, and where it is itself. */
    private LocalBrokers brokers() {
        return new LocalBrokers(
                directory,
                5,
                (all, node) -> Map.of("cluster.nodes", known(all, node), "default.replication.factor", "3"));
    }

    private String known(LocalBrokers all, int node) {
        Integer port = moved.get(node);
        String itself = port == null ? all.clusterNodes(List.of(node)) : node + "@127.0.0.1:" + port;
        List<Integer> others = FIRST.stream().filter(other -> other != node).toList();
        return all.clusterNodes(others) + "," + itself;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static CommandRun run(LocalBrokers brokers, String... arguments) {
        return CommandRun.of(Stream.concat(Stream.of(arguments), Stream.of("-b", brokers.bootstrapServers()))
                .toArray(String[]::new));
    }

    private static CommandRun succeed(LocalBrokers brokers, String... arguments) {
        CommandRun run = run(brokers, arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    /** Replicas by node, of those that are up. */
    private static Map<Integer, Integer> nodes(LocalBrokers brokers) {
        Map<Integer, Integer> nodes = new TreeMap<>();
        for (JsonNode node : run(brokers, "node", "list", "-o", "json").json()) {
            if (node.get("isUp").asBoolean()) {
                nodes.put(node.get("node").asInt(), node.get("replicas").asInt());
            }
        }
        return nodes;
    }

    private static void awaitHealthy(LocalBrokers brokers) {
        await().atMost(LocalCluster.LIMIT).untilAsserted(() -> {
            CommandRun status = run(brokers, "cluster", "status");
            assertThat(status.exitCode()).as(status.out() + status.err()).isZero();
        });
    }

    private void emptyDisk(LocalBrokers brokers, int node) throws IOException {
        try (Stream<Path> files = Files.walk(brokers.dataDirectory(node))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A member of a group that reads all the time. */
    private static Thread reader(LocalBrokers brokers, AtomicBoolean isWanted, Map<Integer, Long> positions) {
        Thread reader = new Thread(() -> {
            try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                    Map.of(
                            "bootstrap.servers",
                            brokers.bootstrapServers(),
                            "group.id",
                            "readers",
                            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                            "earliest"),
                    new StringDeserializer(),
                    new StringDeserializer())) {
                consumer.subscribe(List.of("orders"));
                while (isWanted.get()) {
                    consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                        Long before = positions.put(record.partition(), record.offset());
                        long expected = before == null ? 0 : before + 1;
                        if (record.offset() != expected) {
                            throw new IllegalStateException("offset " + record.offset() + " after " + before);
                        }
                    });
                }
            }
        });
        reader.start();
        return reader;
    }

    @Test
    void shouldGrowShrinkAndReplaceNodesWhileClientsGoOn() throws Exception {
        try (LocalBrokers brokers = brokers()) {
            // given
            for (int node : FIRST) {
                brokers.start(node);
            }
            brokers.awaitReady(LocalCluster.LIMIT);
            succeed(brokers, "topic", "create", "orders", "--partitions", Integer.toString(PARTITIONS));
            awaitHealthy(brokers);
            AtomicBoolean isWanted = new AtomicBoolean(true);
            Map<Integer, Long> positions = new ConcurrentHashMap<>();
            Thread reader = reader(brokers, isWanted, positions);
            SteadySender sender = new SteadySender(brokers.bootstrapServers(), "orders", PARTITIONS);
            try (sender) {
                sender.awaitMore(500);
                LOG.info("before: {} ms (median, p99, longest)", sender.waits());

                // when: two come, and are given their share
                for (int node : List.of(4, 5)) {
                    brokers.start(node);
                    succeed(brokers, "node", "add", Integer.toString(node), "--wait", "90");
                }
                assertThat(nodes(brokers).keySet()).containsExactly(1, 2, 3, 4, 5);
                assertThat(nodes(brokers).values()).allMatch(replicas -> replicas > 0);
                LOG.info("while two came: {} ms", sender.waits());

                // and: the first one goes
                assertThat(run(brokers, "node", "remove", "1").err()).contains("move them first: oarlog node drain 1");
                succeed(brokers, "node", "drain", "1", "--wait", "90");
                LOG.info("while the first one was drained: {} ms", sender.waits());
                succeed(brokers, "node", "remove", "1");
                assertThat(brokers.broker(1).failure().get(60, TimeUnit.SECONDS))
                        .hasMessageContaining("node 1 was removed from the cluster");
                brokers.stop(1);
                sender.awaitMore(200);
                assertThat(nodes(brokers).keySet()).containsExactly(2, 3, 4, 5);
                LOG.info("while it was removed: {} ms", sender.waits());

                // and: one loses its disk
                assertThat(run(brokers, "node", "replace", "2").err()).contains("node 2 is up");
                awaitHealthy(brokers);
                brokers.stop(2);
                emptyDisk(brokers, 2);
                brokers.start(2);
                assertThat(brokers.broker(2).failure().get(60, TimeUnit.SECONDS))
                        .hasMessageContaining("oarlog node replace 2");
                brokers.stop(2);
                emptyDisk(brokers, 2);
                succeed(brokers, "node", "replace", "2");
                brokers.start(2);
                awaitHealthy(brokers);
                LOG.info("while a disk was replaced: {} ms", sender.waits());

                // and: another one comes back elsewhere, while the one with the new disk is needed
                brokers.stop(3);
                sender.awaitMore(500);
                moved.put(3, freePort());
                brokers.start(3);
                long startedNanos = System.nanoTime();
                await().pollInterval(Duration.ofMillis(50))
                        .atMost(LocalCluster.LIMIT)
                        .until(() -> nodes(brokers).containsKey(3));
                LOG.info("found again after {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos));
                awaitHealthy(brokers);
                LOG.info("while it was away: {} ms", sender.waits());

                // and: it is needed
                brokers.stop(4);
                sender.awaitMore(500);
            }

            // then
            sender.assertAllThere();
            await().atMost(LocalCluster.LIMIT)
                    .until(() -> positions.values().stream()
                                    .filter(position -> position == sender.sent() - 1L)
                                    .count()
                            == PARTITIONS);
            isWanted.set(false);
            reader.join(TimeUnit.SECONDS.toMillis(60));
            assertThat(reader.isAlive()).isFalse();
        }
    }

    @Test
    void shouldNotGiveUpADiskThatHasTheOnlyRecords() throws Exception {
        try (LocalBrokers brokers = brokers()) {
            for (int node : FIRST) {
                brokers.start(node);
            }
            brokers.awaitReady(LocalCluster.LIMIT);
            succeed(brokers, "topic", "create", "alone", "--partitions", "3", "--replicas", "1");
            awaitHealthy(brokers);
            brokers.stop(3);
            await().atMost(LocalCluster.LIMIT)
                    .untilAsserted(() -> assertThat(nodes(brokers).keySet()).containsExactly(1, 2));

            CommandRun refused = run(brokers, "node", "replace", "3");

            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err())
                    .contains("1 partitions have no majority of their replicas in sync without it")
                    .contains("--accept-loss");
            assertThat(run(brokers, "node", "remove", "9").err()).contains("there is no node 9, only [1, 2, 3]");
            brokers.start(3);
            awaitHealthy(brokers);
        }
    }
}
