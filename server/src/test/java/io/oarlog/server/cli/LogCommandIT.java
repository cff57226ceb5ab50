package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands on what real brokers leave that are killed in the midst of writes. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LogCommandIT {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 3;

    @TempDir
    Path directory;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @Test
    void shouldFindAKilledNodeSoundAndAFlippedByteInIt() throws Exception {
        try (TestCluster cluster = TestCluster.start(directory)) {
            // given: killed one after the other while records come, so that leaders change
            cluster.createTopic(TOPIC, PARTITIONS);
            cluster.awaitLeader(TOPIC, -1);
            Path node = cluster.dataDirectory(1);
            assertRefused(node);
            sendUntilKilled(cluster);

            // when, then: nothing is changed, and what the kill left is no damage
            Map<Path, String> before = contents(cluster.dataDirectory(1));
            for (int i = 1; i <= 3; i++) {
                assertThat(run("log", "verify", cluster.dataDirectory(i).toString()))
                        .as("%s", out)
                        .isZero();
                assertThat(out.toString()).contains(PARTITIONS + " partitions, ", ": sound");
            }
            assertThat(run("log", "dump", node.toString(), "-t", TOPIC, "--headers", "--records"))
                    .isZero();
            assertThat(out.toString()).contains("orders-0", "orders-2", "\"key-0\": \"value-0\"", "  index 0 term ");
            assertThat(contents(node)).isEqualTo(before);
            assertThat(err.toString()).isEmpty();

            // when: in the midst of the first batch
            Path segment = firstSegment(node);
            flip(segment, 65);

            // then
            assertThat(run("log", "verify", node.toString())).isEqualTo(1);
            assertThat(out.toString()).contains("damage: " + segment + ": position 0, offset 0: ", ": 1 place damaged");
            assertThat(run(
                            "log",
                            "verify",
                            segment.resolveSibling(".").normalize().toString()))
                    .isEqualTo(1);
            assertThat(run("log", "dump", node.toString(), "-t", TOPIC)).isEqualTo(1);
            assertThat(out.toString()).contains("position 0 crc", "WRONG");

            // when: it is put right again, the node starts with what was looked at
            flip(segment, 65);
            for (int i = 1; i <= 3; i++) {
                cluster.start(i);
            }
            cluster.awaitReady();
            assertRefused(node);
            assertRefused(segment.resolveSibling(".").normalize());
        }
    }

    private void assertRefused(Path running) {
        assertThat(run("log", "verify", running.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("a node runs here").hasLineCount(1);
        err = new StringWriter();
        assertThat(run("log", "dump", running.toString())).isEqualTo(2);
        err = new StringWriter();
    }

    private static void sendUntilKilled(TestCluster cluster) throws IOException, InterruptedException {
        AtomicInteger acknowledged = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        1_000,
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        2_000,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        5_000),
                new StringSerializer(),
                new StringSerializer())) {
            int sent = 0;
            for (int node = 1; node <= 3; node++) {
                int target = acknowledged.get() + 500;
                // With one node left nothing is acknowledged any more.
                while (node < 3 && acknowledged.get() < target) {
                    for (int i = 0; i < 100; i++) {
                        var unused = producer.send(
                                new ProducerRecord<>(TOPIC, sent % PARTITIONS, "key-" + sent, "value-" + sent),
                                (metadata, failure) -> {
                                    answered.incrementAndGet();
                                    if (failure == null) {
                                        acknowledged.incrementAndGet();
                                    }
                                });
                        sent++;
                    }
                    int enough = sent - 1_000;
                    await().atMost(TestCluster.LIMIT).until(() -> answered.get() >= enough);
                }
                if (node == 1) {
                    // The others are a majority without it: it may have stored nothing yet.
                    Path first = firstSegment(cluster.dataDirectory(node));
                    await().atMost(TestCluster.LIMIT).until(() -> Files.size(first) > 0);
                }
                cluster.kill(node);
            }
            producer.close(java.time.Duration.ZERO);
        }
    }

    private static Path firstSegment(Path node) throws IOException {
        try (Stream<Path> files = Files.walk(node.resolve("log").resolve(TOPIC))) {
            return files.filter(file -> file.toString().endsWith("00000000000000000000.log"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Map<Path, String> contents(Path directory) throws IOException {
        Map<Path, String> contents = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.toList()) {
                String bytes =
                        Files.isDirectory(path) ? "" : Integer.toHexString(Arrays.hashCode(Files.readAllBytes(path)));
                contents.put(path, Files.getLastModifiedTime(path) + " " + bytes);
            }
        }
        return contents;
    }

    private int run(String... arguments) {
        out = new StringWriter();
        CommandLine commandLine = Oarlog.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static void flip(Path file, long position) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 1)).flip();
            channel.write(one, position);
        }
    }
}
