package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The thin client against brokers, as a member of groups. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ThinClientIT {
    private static final String TOPIC = "orders";
    private static final String GROUP = "billing";
    private static final int PARTITIONS = 6;
    private static final Duration STEP = Duration.ofMillis(50);

    @TempDir
    Path directory;

    private LocalCluster cluster;
    private Producer producer;
    /** Where each record was read that was read, by value. */
    private final Map<String, String> read = new HashMap<>();

    private int sent;

    @BeforeEach
    void start() throws IOException {
        cluster = LocalCluster.start(
                directory,
                Map.of(
                        "group.initial.rebalance.delay.ms", "0",
                        "group.consumer.heartbeat.interval.ms", "500"));
        cluster.createTopic(TOPIC, PARTITIONS);
        producer = new Producer(ProducerSettings.defaults(cluster.bootstrap()));
    }

    @AfterEach
    void stop() {
        producer.close();
        cluster.close();
    }

    private Consumer member() {
        Consumer member =
                new Consumer(ConsumerSettings.defaults(cluster.bootstrap()).withMaxPollRecords(20));
        member.subscribe(GROUP, List.of(TOPIC));
        return member;
    }

    private void send(int count) {
        List<CompletableFuture<?>> acknowledgements = new ArrayList<>();
        for (int i = 0; i < count; i++, sent++) {
            byte[] value = ("v" + sent).getBytes(StandardCharsets.UTF_8);
            acknowledgements.add(producer.send(new ProducerRecord(TOPIC, sent % PARTITIONS, null, value)));
        }
        acknowledgements.forEach(CompletableFuture::join);
    }

    /** Polls once, holds that no record was read before, and commits. */
    private void readAndCommit(Consumer member) {
        for (ConsumedRecord record : member.poll(STEP)) {
            onRead(
                    new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8),
                    record.topicPartition() + "@" + record.offset());
        }
        member.commitSync();
    }

    private void onRead(String value, String where) {
        assertThat(read.put(value, where)).as("%s was read before", value).isNull();
    }

    private void readAll(Collection<Consumer> members) {
        await().atMost(LocalCluster.LIMIT).until(() -> {
            members.forEach(this::readAndCommit);
            return read.size() == sent;
        });
    }

    private void readUntilAssigned(Collection<Consumer> members, int each) {
        await().atMost(LocalCluster.LIMIT).until(() -> {
            members.forEach(this::readAndCommit);
            return members.stream().allMatch(member -> member.assignment().size() == each);
        });
    }

    @Test
    void shouldShareAndTakeBackPartitionsWithoutLossOrRepetition() {
        try (Consumer first = member()) {
            // given
            send(120);
            readUntilAssigned(List.of(first), PARTITIONS);
            readAll(List.of(first));

            // when
            try (Consumer second = member()) {
                send(120);
                readUntilAssigned(List.of(first, second), PARTITIONS / 2);
                send(120);
                readAll(List.of(first, second));
                assertThat(first.assignment()).doesNotContainAnyElementsOf(second.assignment());
                send(120);
            }
            send(120);
            readUntilAssigned(List.of(first), PARTITIONS);
            readAll(List.of(first));
        }

        // then
        try (Consumer third = member()) {
            readUntilAssigned(List.of(third), PARTITIONS);
            assertThat(third.poll(Duration.ofSeconds(1)))
                    .as("all was committed")
                    .isEmpty();
        }
        assertThat(read).hasSize(600);
    }

    @Test
    void shouldGoOnWithoutRepetitionWhenTheCoordinatorAndItsNodeGo() throws Exception {
        try (Consumer consumer = member()) {
            // given
            send(120);
            readAll(List.of(consumer));
            int coordinator = coordinator();

            // when
            cluster.stop(coordinator);
            send(120);
            readAll(List.of(consumer));
            cluster.start(coordinator);
            send(60);
            readAll(List.of(consumer));

            // then
            assertThat(read).hasSize(300);
            assertThat(consumer.committed(consumer.assignment()).values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(300);
        }
    }

    private int coordinator() throws Exception {
        try (Admin admin = cluster.admin()) {
            return Objects.requireNonNull(admin.describeConsumerGroups(List.of(GROUP))
                            .all()
                            .get()
                            .get(GROUP))
                    .coordinator()
                    .id();
        }
    }

    @Test
    void shouldBeInOneGroupWithAMemberOfKafkasOwnClient() {
        try (Consumer ours = member()) {
            try (KafkaConsumer<String, String> theirs = kafkaMember()) {
                // given
                send(120);

                // when
                readUntil(
                        ours,
                        theirs,
                        () -> ours.assignment().size() == PARTITIONS / 2
                                && theirs.assignment().size() == PARTITIONS / 2);
                send(120);
                readUntil(ours, theirs, () -> read.size() == sent);

                // then
                Set<String> shared = new HashSet<>();
                ours.assignment().forEach(partition -> shared.add(partition.toString()));
                theirs.assignment().forEach(partition -> shared.add(partition.toString()));
                assertThat(shared).hasSize(PARTITIONS);
            }
            send(120);
            readUntilAssigned(List.of(ours), PARTITIONS);
            readAll(List.of(ours));
        }
        assertThat(read).hasSize(360);
    }

    private void readUntil(Consumer ours, KafkaConsumer<String, String> theirs, Callable<Boolean> condition) {
        await().atMost(LocalCluster.LIMIT).until(() -> {
            readAndCommit(ours);
            readAndCommit(theirs);
            return condition.call();
        });
    }

    private KafkaConsumer<String, String> kafkaMember() {
        KafkaConsumer<String, String> member = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        GROUP,
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                        "consumer",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        member.subscribe(List.of(TOPIC));
        return member;
    }

    private void readAndCommit(KafkaConsumer<String, String> member) {
        for (ConsumerRecord<String, String> record : member.poll(STEP)) {
            onRead(record.value(), record.topic() + "-" + record.partition() + "@" + record.offset());
        }
        member.commitSync();
    }
}
