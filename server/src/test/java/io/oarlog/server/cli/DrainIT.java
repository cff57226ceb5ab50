package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.server.LocalCluster;
import io.oarlog.server.SteadySender;
import io.oarlog.server.embedded.LocalBrokers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node is emptied, and filled again. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DrainIT {
    @TempDir
    Path directory;

    private static CommandRun run(LocalBrokers brokers, String... arguments) {
        return CommandRun.of(Stream.concat(Stream.of(arguments), Stream.of("-b", brokers.bootstrapServers()))
                .toArray(String[]::new));
    }

    /** Replicas by node. */
    private static Map<Integer, Integer> replicas(LocalBrokers brokers) {
        JsonNode status = run(brokers, "cluster", "status", "-o", "json").json();
        Map<Integer, Integer> replicas = new HashMap<>();
        status.get("nodes")
                .forEach(node -> replicas.put(
                        node.get("id").asInt(), node.get("replicas").asInt()));
        return replicas;
    }

    @Test
    void shouldEmptyANodeAndFillItAgain() throws Exception {
        try (LocalBrokers brokers = new LocalBrokers(directory, 4, (all, node) -> Map.of())) {
            // given
            brokers.startAll();
            brokers.awaitReady(LocalCluster.LIMIT);
            assertThat(run(brokers, "topic", "create", "orders", "--partitions", "8")
                            .exitCode())
                    .isZero();
            await().atMost(LocalCluster.LIMIT)
                    .until(() -> run(brokers, "cluster", "status").exitCode() == 0);
            int before = replicas(brokers).getOrDefault(1, 0);
            assertThat(before).isPositive();

            // when
            CommandRun tried = run(brokers, "node", "drain", "1", "--dry-run");
            CommandRun triedInJson = run(brokers, "node", "drain", "1", "--dry-run", "-o", "json");
            CommandRun drained = run(brokers, "node", "drain", "1", "--wait", "90");

            // then
            assertThat(tried.out().lines()).hasSize(before);
            assertThat(new ObjectMapper().readTree(triedInJson.out())).hasSize(before);
            assertThat(drained.exitCode()).as(drained.err()).isZero();
            assertThat(drained.out()).contains(before + " partitions are moved");
            assertThat(run(brokers, "node", "moves").out()).contains("no replicas are being moved");
            await().atMost(LocalCluster.LIMIT)
                    .untilAsserted(() -> assertThat(replicas(brokers)).isEqualTo(Map.of(1, 0, 2, 8, 3, 8, 4, 8)));

            // and back again
            CommandRun filled = run(brokers, "node", "fill", "1", "--wait", "90", "-o", "json");
            assertThat(filled.exitCode()).as(filled.err()).isZero();
            assertThat(filled.out()).contains("\"left\" : 0");
            await().atMost(LocalCluster.LIMIT)
                    .untilAsserted(() -> assertThat(replicas(brokers).get(1)).isBetween(5, 7));
        }
    }

    @Test
    void shouldTellHowManyBytesAMoveHasCopied() throws Exception {
        try (LocalBrokers brokers = new LocalBrokers(directory, 4, (all, node) -> Map.of())) {
            // given: records, and a move to a node that is down
            brokers.startAll();
            brokers.awaitReady(LocalCluster.LIMIT);
            assertThat(run(brokers, "topic", "create", "orders").exitCode()).isZero();
            try (SteadySender sender = new SteadySender(brokers.bootstrapServers(), "orders", 1)) {
                sender.awaitMore(100);
            }
            JsonNode partition = run(brokers, "cluster", "status", "-o", "json")
                    .json()
                    .get("partitions")
                    .get(0);
            List<Integer> replicas = new ArrayList<>();
            partition.get("replicas").forEach(node -> replicas.add(node.asInt()));
            int other = 10 - replicas.stream().mapToInt(Integer::intValue).sum();
            brokers.stop(other);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers.bootstrapServers()))) {
                List<Integer> target = List.of(replicas.get(0), replicas.get(1), other);
                admin.alterPartitionReassignments(Map.of(
                                new TopicPartition("orders", 0), Optional.of(new NewPartitionReassignment(target))))
                        .all()
                        .get();
            }

            // when
            CommandRun moves = run(brokers, "node", "moves");
            JsonNode move = run(brokers, "node", "moves", "-o", "json").json().get(0);

            // then
            assertThat(move.get("bytesCopied").asLong()).isZero();
            assertThat(move.get("bytes").asLong()).isGreaterThan(100);
            assertThat(moves.out().lines().toList())
                    .hasSize(2)
                    .last(STRING)
                    .endsWith(" 0  " + move.get("bytes").asLong());

            // and it goes on when the node is back
            brokers.start(other);
            await().atMost(LocalCluster.LIMIT)
                    .until(() -> run(brokers, "node", "moves").out().contains("no replicas are being moved"));
        }
    }

    @Test
    void shouldSayThatThereIsNoNodeToTakeAReplica() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(directory)) {
            cluster.createTopic("orders", 1);
            CommandRun unknown = CommandRun.of("node", "drain", "9", "-b", cluster.bootstrap());
            assertThat(unknown.exitCode()).isEqualTo(1);
            assertThat(unknown.err().strip()).isEqualTo("oarlog: there is no node 9, only [1, 2, 3]");
            CommandRun run = CommandRun.of("node", "drain", "1", "-b", cluster.bootstrap());
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err().lines().toList())
                    .isEqualTo(List.of("oarlog: partition orders-0 has replicas on nodes "
                            + replicasOf(cluster) + " and no other node could take the one of node 1; give the topic"
                            + " fewer replicas, or the cluster another node, first"));
        }
    }

    private static List<Integer> replicasOf(LocalCluster cluster) {
        JsonNode status = CommandRun.of("cluster", "status", "-o", "json", "-b", cluster.bootstrap())
                .json();
        List<Integer> nodes = new ArrayList<>();
        status.get("partitions").get(0).get("replicas").forEach(node -> nodes.add(node.asInt()));
        return nodes;
    }
}
