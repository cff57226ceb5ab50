package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups with Kafka's own clients: classic ones, and those whose assignment the broker makes (KIP-848). */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GroupsIT {
    private static final String TOPIC = "orders";
    private static final String GROUP = "billing";
    private static final String OFFSETS_TOPIC = "__consumer_offsets";
    private static final int PARTITIONS = 4;

    @TempDir
    Path directory;

    private LocalCluster cluster;

    @BeforeEach
    void start() throws IOException {
        cluster = LocalCluster.start(
                directory,
                Map.of(
                        "group.initial.rebalance.delay.ms", "0",
                        "group.consumer.heartbeat.interval.ms", "500"));
        cluster.createTopic(TOPIC, PARTITIONS);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void shouldGoOnWhereTheGroupHadCommittedAlsoAfterARestart(String protocol) throws IOException {
        // given
        send(0, 400);
        Set<String> before = new HashSet<>();
        try (KafkaConsumer<String, String> consumer = member(protocol)) {
            read(consumer, before, 100);
            consumer.commitSync();
        }

        // when
        for (int node = 1; node <= 3; node++) {
            cluster.stop(node);
        }
        for (int node = 1; node <= 3; node++) {
            cluster.start(node);
        }
        cluster.awaitBrokers(3);
        Set<String> after = new HashSet<>();
        try (KafkaConsumer<String, String> consumer = member(protocol)) {
            read(consumer, after, 400 - before.size());
        }

        // then
        assertThat(after).doesNotContainAnyElementsOf(before).hasSize(400 - before.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void shouldShareThePartitionsAndTakeThemBack(String protocol) {
        try (KafkaConsumer<String, String> first = member(protocol)) {
            // given
            awaitAssigned(List.of(first), PARTITIONS);

            // when
            try (KafkaConsumer<String, String> second = member(protocol)) {
                // then
                awaitAssigned(List.of(first, second), PARTITIONS / 2);
                assertThat(first.assignment()).doesNotContainAnyElementsOf(second.assignment());
            }
            awaitAssigned(List.of(first), PARTITIONS);
        }
    }

    @Test
    void shouldRebalanceCooperatively() {
        Map<String, Object> cooperative =
                Map.of(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        try (KafkaConsumer<String, String> first = member("classic", cooperative);
                KafkaConsumer<String, String> second = member("classic", cooperative)) {
            awaitAssigned(List.of(first, second), PARTITIONS / 2);
        }
    }

    @Test
    void shouldKeepAStaticMembersPartitionsWhileItRestarts() {
        Map<String, Object> one = Map.of(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "one");
        Map<String, Object> two = Map.of(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "two");
        try (KafkaConsumer<String, String> first = member("classic", one)) {
            // given
            Set<TopicPartition> owned;
            try (KafkaConsumer<String, String> second = member("classic", two)) {
                awaitAssigned(List.of(first, second), PARTITIONS / 2);
                owned = second.assignment();
            }

            // when: a static member does not leave when it closes
            try (KafkaConsumer<String, String> again = member("classic", two)) {
                awaitAssigned(List.of(first, again), PARTITIONS / 2);

                // then
                assertThat(again.assignment()).isEqualTo(owned);
            }
        }
    }

    @Test
    void shouldKeepGroupsInACompactedTopicOfItsOwnThatOnlyBrokersWriteTo() throws Exception {
        try (KafkaConsumer<String, String> consumer = member("classic");
                Admin admin = cluster.admin();
                KafkaProducer<String, String> producer = producer()) {
            // when
            awaitAssigned(List.of(consumer), PARTITIONS);

            // then
            TopicDescription topic = Objects.requireNonNull(admin.describeTopics(List.of(OFFSETS_TOPIC))
                    .allTopicNames()
                    .get()
                    .get(OFFSETS_TOPIC));
            assertThat(topic.isInternal()).isTrue();
            assertThat(topic.partitions()).hasSize(8).allMatch(p -> p.replicas().size() == 3);
            assertThat(admin.listTopics().names().get()).containsExactly(TOPIC);
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>(OFFSETS_TOPIC, "k", "v"))
                            .get())
                    .hasCauseInstanceOf(InvalidTopicException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void shouldShowAndChangeGroupsToAdministrators(String protocol) throws Exception {
        TopicPartition partition = new TopicPartition(TOPIC, 1);
        try (Admin admin = cluster.admin()) {
            // given
            assertThat(admin.listGroups().all().get()).isEmpty();
            try (KafkaConsumer<String, String> consumer = member(protocol)) {
                awaitAssigned(List.of(consumer), PARTITIONS);

                // when
                GroupListing listed = admin.listGroups().all().get().iterator().next();
                ConsumerGroupDescription described = describe(admin);

                // then
                assertThat(listed.groupId()).isEqualTo(GROUP);
                assertThat(listed.type()).contains(GroupType.parse(protocol));
                assertThat(described.groupState()).isEqualTo(GroupState.STABLE);
                assertThat(described.members())
                        .hasSize(1)
                        .allMatch(m -> m.host().contains("127.0.0.1"));
                assertThat(described.members().iterator().next().assignment().topicPartitions())
                        .hasSize(PARTITIONS);
                assertThatThrownBy(() ->
                                admin.deleteConsumerGroups(List.of(GROUP)).all().get())
                        .hasCauseInstanceOf(GroupNotEmptyException.class);
            }
            awaitEmpty(admin);
            AlterConsumerGroupOffsetsResult altered =
                    admin.alterConsumerGroupOffsets(GROUP, Map.of(partition, new OffsetAndMetadata(42, "by hand")));
            altered.all().get();
            assertThat(offsets(admin)).containsEntry(partition, new OffsetAndMetadata(42, "by hand"));
            assertThat(names()).containsExactly(GROUP);

            admin.deleteConsumerGroupOffsets(GROUP, Set.of(partition)).all().get();
            assertThat(offsets(admin)).doesNotContainKey(partition);

            admin.deleteConsumerGroups(List.of(GROUP)).all().get();
            assertThat(admin.listGroups().all().get()).isEmpty();
            assertThatThrownBy(() ->
                            admin.deleteConsumerGroups(List.of(GROUP)).all().get())
                    .hasCauseInstanceOf(GroupIdNotFoundException.class);
            await().atMost(LocalCluster.LIMIT).until(() -> names().isEmpty());
        }
    }

    @Test
    void shouldForgetTheOffsetsOfADeletedTopic() throws Exception {
        try (Admin admin = cluster.admin()) {
            // given
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            try (KafkaConsumer<String, String> consumer = member("classic")) {
                awaitAssigned(List.of(consumer), PARTITIONS);
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7)));
            }
            awaitEmpty(admin);

            // when
            admin.deleteTopics(List.of(TOPIC)).all().get();

            // then
            await().atMost(LocalCluster.LIMIT)
                    .ignoreExceptionsMatching(ExecutionException.class::isInstance)
                    .until(() -> !offsets(admin).containsKey(partition));
        }
    }

    private Set<String> names() {
        return cluster.broker(1).groupNames();
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin)
            throws InterruptedException, ExecutionException {
        return admin.listConsumerGroupOffsets(GROUP)
                .partitionsToOffsetAndMetadata(GROUP)
                .get();
    }

    private static ConsumerGroupDescription describe(Admin admin) throws InterruptedException, ExecutionException {
        return Objects.requireNonNull(
                admin.describeConsumerGroups(List.of(GROUP)).all().get().get(GROUP));
    }

    private static void awaitEmpty(Admin admin) {
        await().atMost(LocalCluster.LIMIT)
                .ignoreExceptions()
                .until(() -> describe(admin).groupState() == GroupState.EMPTY);
    }

    /** Waits until each has that many partitions, and together all there are. */
    private static void awaitAssigned(Collection<KafkaConsumer<String, String>> members, int each) {
        await().atMost(LocalCluster.LIMIT).until(() -> {
            Set<TopicPartition> all = new HashSet<>();
            boolean isEven = true;
            for (KafkaConsumer<String, String> member : members) {
                member.poll(Duration.ofMillis(50));
                isEven &= member.assignment().size() == each;
                all.addAll(member.assignment());
            }
            return isEven && all.size() == PARTITIONS;
        });
    }

    private static void read(KafkaConsumer<String, String> consumer, Set<String> values, int count) {
        await().atMost(LocalCluster.LIMIT).until(() -> {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                values.add(record.value());
            }
            return values.size() >= count;
        });
    }

    private KafkaConsumer<String, String> member(String protocol) {
        return member(protocol, Map.of());
    }

    private KafkaConsumer<String, String> member(String protocol, Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap());
        all.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
        all.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        all.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 50);
        KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(TOPIC));
        return consumer;
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer());
    }

    private void send(int from, int to) {
        try (KafkaProducer<String, String> producer = producer()) {
            List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
            IntStream.range(from, to)
                    .forEach(i -> sent.add(producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, null, "v" + i))));
            producer.flush();
            assertThat(sent).allMatch(java.util.concurrent.Future::isDone);
        }
    }
}
