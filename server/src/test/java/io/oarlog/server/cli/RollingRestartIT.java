package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every node is stopped and started again while a producer with default settings sends to partitions that it leads. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RollingRestartIT {
    private static final String TOPIC = "rolling";
    private static final int PARTITIONS = 6;
    private static final int ROUNDS = 1;
    /** Of a process that SIGTERM has ended; when it sees the end of its standard input before, it is 0. */
    private static final int TERMINATED = 143;

    @TempDir
    Path directory;

    @Test
    void shouldFailNoProduceWhenTheNextNodeIsStoppedAsSoonAsThatIsSafe() throws Exception {
        try (TestCluster cluster = TestCluster.start(directory, Map.of("controlled.shutdown.enable", "true"))) {
            // given
            cluster.createTopic(TOPIC, PARTITIONS);
            cluster.awaitLeader(TOPIC, -1);
            try (NumberSender sender = new NumberSender(
                    cluster.bootstrap(),
                    number -> new ProducerRecord<>(TOPIC, number % PARTITIONS, number, new byte[100]))) {
                sender.awaitAcknowledged(2_000);

                // when
                for (int round = 0; round < ROUNDS; round++) {
                    for (int node : List.of(1, 2, 3)) {
                        CommandRun check = CommandRun.of(
                                "node",
                                "safe-to-stop",
                                Integer.toString(node),
                                "--wait",
                                "90",
                                "-b",
                                cluster.bootstrap());
                        assertThat(check.exitCode())
                                .as(check.out() + check.err())
                                .isZero();
                        assertThat(check.out()).contains("safe: node " + node + " can be stopped");
                        var unused = sender.takeLongestGap();
                        assertThat(cluster.stop(node)).isIn(0, TERMINATED);
                        assertThat(handedOver(node))
                                .as("each stop of node %d", node)
                                .hasSize(round + 1)
                                .allMatch(line -> line.endsWith("leads=\"0\""));
                        System.out.println("longest time without an acknowledgement while node " + node + " stopped: "
                                + sender.takeLongestGap().toMillis() + " ms");
                        cluster.start(node);
                        cluster.awaitReady();
                        sender.awaitAcknowledged(200);
                    }
                }
                sender.stop();

                // then: each number is at a place of its own, and the places of a partition have no holes
                assertThat(sender.failures()).isEmpty();
                List<BitSet> places =
                        Stream.generate(BitSet::new).limit(PARTITIONS).toList();
                sender.offsets().forEach((number, offset) -> {
                    BitSet ofPartition = places.get(number % PARTITIONS);
                    assertThat(ofPartition.get(offset.intValue()))
                            .as("offset %d of number %d is another one's", offset, number)
                            .isFalse();
                    ofPartition.set(offset.intValue());
                });
                assertThat(places).allMatch(ofPartition -> ofPartition.length() == ofPartition.cardinality());
            }
            for (int partition = 0; partition < PARTITIONS; partition++) {
                cluster.awaitIdenticalReplicas(TOPIC, partition);
            }
        }
    }

    /** What the node has said of it, once for each stop. */
    private List<String> handedOver(int node) throws IOException {
        try (Stream<String> lines =
                Files.lines(directory.resolve("node-" + node).resolve("broker.log"))) {
            return lines.filter(line -> line.contains("others lead what this node led"))
                    .toList();
        }
    }
}
