package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.server.embedded.LocalBrokers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** KIP-455 with Kafka's own Admin client: replicas move to other brokers while clients write and read. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ReplicaMoveIT {
    private static final Duration LIMIT = LocalCluster.LIMIT;
    private static final String TOPIC = "orders";
    private static final String GROUP = "readers";

    @TempDir
    Path directory;

    private @Nullable LocalBrokers started;
    private @Nullable Admin admin;

    @BeforeEach
    void start() throws Exception {
        LocalBrokers brokers = new LocalBrokers(directory, 4, (all, node) -> Map.of());
        started = brokers;
        brokers.startAll();
        brokers.awaitReady(LIMIT);
        admin = Admin.create(Map.of("bootstrap.servers", brokers.bootstrapServers()));
        get(admin().createTopics(List.of(new NewTopic(TOPIC, Map.of(0, List.of(1, 2, 3), 1, List.of(2, 3, 1)))))
                .all());
        await().atMost(LIMIT)
                .ignoreExceptions()
                .until(() -> partitions(TOPIC).stream().allMatch(p -> p.leader() != null));
    }

    @AfterEach
    void stop() {
        admin().close();
        brokers().close();
    }

    private LocalBrokers brokers() {
        return Objects.requireNonNull(started);
    }

    private Admin admin() {
        return Objects.requireNonNull(admin);
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private List<TopicPartitionInfo> partitions(String topic) throws Exception {
        TopicDescription description =
                get(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic);
        return Objects.requireNonNull(description).partitions();
    }

    private List<Integer> replicas(int partition) throws Exception {
        return partitions(TOPIC).get(partition).replicas().stream()
                .map(Node::id)
                .toList();
    }

    private void move(Map<TopicPartition, List<Integer>> targets) throws Exception {
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        targets.forEach((partition, nodes) -> moves.put(partition, Optional.of(new NewPartitionReassignment(nodes))));
        get(admin().alterPartitionReassignments(moves).all());
    }

    private void cancel(TopicPartition partition) throws Exception {
        get(admin().alterPartitionReassignments(Map.of(partition, Optional.empty()))
                .all());
    }

    private Map<TopicPartition, PartitionReassignment> moves() throws Exception {
        return get(admin().listPartitionReassignments().reassignments());
    }

    private void awaitMoved() {
        await().atMost(LIMIT).ignoreExceptions().until(() -> moves().isEmpty());
    }

    private SteadySender sender() {
        return new SteadySender(brokers().bootstrapServers(), TOPIC, 2);
    }

    private KafkaConsumer<String, String> consumer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", brokers().bootstrapServers());
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    @Test
    void shouldLoseNothingAndDoubleNothingWhileReplicasMove() throws Exception {
        SteadySender sender = sender();
        try (KafkaConsumer<String, String> member = consumer(Map.of("group.id", GROUP))) {
            try (sender) {
                // given: a group, whose offsets are moved as well
                member.subscribe(List.of(TOPIC));
                sender.awaitMore(100);
                await().atMost(LIMIT)
                        .until(() -> !member.poll(Duration.ofMillis(100)).isEmpty());
                member.commitSync();

                // when
                Map<TopicPartition, List<Integer>> targets = new HashMap<>();
                targets.put(new TopicPartition(TOPIC, 0), List.of(4, 2, 3));
                targets.put(new TopicPartition(TOPIC, 1), List.of(3, 4, 2));
                for (TopicPartitionInfo offsets : partitions("__consumer_offsets")) {
                    targets.put(new TopicPartition("__consumer_offsets", offsets.partition()), List.of(4, 3, 2));
                }
                move(targets);
                awaitMoved();
                sender.awaitMore(100);
            }
            // then: the group goes on where it was
            await().atMost(LIMIT).until(() -> {
                var unused = member.poll(Duration.ofMillis(100));
                return member.assignment().stream().allMatch(p -> member.position(p) >= sender.sent())
                        && member.assignment().size() == 2;
            });
            member.commitSync();
        }
        assertThat(replicas(0)).containsExactly(4, 2, 3);
        assertThat(replicas(1)).containsExactly(3, 4, 2);
        await().atMost(LIMIT).untilAsserted(() -> assertThat(leaders()).containsExactly(4, 3));
        await().atMost(LIMIT)
                .ignoreExceptions() // files go meanwhile
                .untilAsserted(() -> assertThat(partitionsOnDisk(1)).isEmpty());

        // and nobody misses the first node
        brokers().stop(1);
        sender.assertAllThere();
    }

    private List<Integer> leaders() throws Exception {
        return partitions(TOPIC).stream().map(p -> p.leader().id()).toList();
    }

    private List<String> partitionsOnDisk(int node) throws Exception {
        try (Stream<Path> files = Files.walk(brokers().dataDirectory(node).resolve("log"))) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .map(Path::toString)
                    .toList();
        }
    }

    @Test
    void shouldTakeAMoveBack() throws Exception {
        // given: to a node that is not there
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        brokers().stop(4);
        move(Map.of(partition, List.of(4, 2, 3)));
        await().atMost(LIMIT).ignoreExceptions().untilAsserted(() -> {
            PartitionReassignment move = Objects.requireNonNull(moves().get(partition));
            assertThat(move.addingReplicas()).containsExactly(4);
            assertThat(move.removingReplicas()).containsExactly(1);
            assertThat(move.replicas()).containsExactly(4, 2, 3, 1);
        });

        // when: records are taken meanwhile
        try (SteadySender sender = sender()) {
            sender.awaitMore(50);
            cancel(partition);
            awaitMoved();
            sender.awaitMore(50);
        }

        // then
        assertThat(replicas(0)).containsExactlyInAnyOrder(1, 2, 3);
        assertThatThrownBy(() -> cancel(partition))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(NoReassignmentInProgressException.class);
    }

    @Test
    void shouldSayWhyAMoveIsRefused() {
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        assertThatThrownBy(() -> move(Map.of(partition, List.of(1, 2, 5))))
                .hasCauseInstanceOf(InvalidReplicaAssignmentException.class)
                .hasMessageContaining("not in the cluster");
        assertThatThrownBy(() -> move(Map.of(partition, List.of(1, 2, 2))))
                .hasCauseInstanceOf(InvalidReplicaAssignmentException.class);
        assertThatThrownBy(() -> move(Map.of(new TopicPartition(TOPIC, 2), List.of(1, 2, 3))))
                .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        assertThatThrownBy(() -> move(Map.of(new TopicPartition("nothing", 0), List.of(1, 2, 3))))
                .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
    }
}
