package io.oarlog.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's own Java clients, unmodified, against three brokers. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KafkaClientsIT {
    @TempDir
    static Path directory;

    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(directory);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void shouldStoreAndReturnRecordsInOrderWithTheClientsDefaults() throws Exception {
        // given: real log lines where they are at hand
        cluster.createTopic("defaults", 1);
        List<String> lines = lines();

        // when
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (String line : lines) {
                sent.add(producer.send(new ProducerRecord<>("defaults", 0, "key-" + sent.size(), line)));
            }
            for (int i = 0; i < sent.size(); i++) {
                assertThat(sent.get(i).get().offset()).isEqualTo(i);
            }
        }

        // then
        List<ConsumerRecord<String, String>> read = read("defaults", 0, lines.size());
        assertThat(read).extracting(ConsumerRecord::value).isEqualTo(lines);
        assertThat(read)
                .extracting(ConsumerRecord::key)
                .isEqualTo(IntStream.range(0, lines.size())
                        .mapToObj(i -> "key-" + i)
                        .toList());
        assertThat(read.get(0).leaderEpoch()).isPresent();
    }

    private static List<String> lines() throws IOException {
        Path real = Path.of("../../shared/data/access.log");
        return Files.exists(real)
                ? Files.readAllLines(real, StandardCharsets.UTF_8)
                : IntStream.range(0, 10_000).mapToObj(i -> "line " + i).toList();
    }

    @Test
    void shouldReadFromWhereTheConsumerSeeks() throws Exception {
        // given
        cluster.createTopic("seek", 1);
        send("seek", 0, 100, "value-");
        TopicPartition partition = new TopicPartition("seek", 0);

        try (KafkaConsumer<String, String> consumer = consumer(Map.of())) {
            consumer.assign(List.of(partition));

            // when
            consumer.seek(partition, 42);

            // then: although the batch begins before it
            assertThat(poll(consumer, 1).get(0).value()).isEqualTo("value-42");
            assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 0L);
            assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 100L);
        }
    }

    @Test
    void shouldFindRecordsByTheirTime() throws Exception {
        // given
        cluster.createTopic("times", 1, Map.of("retention.ms", "-1"));
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 50; i++) {
                producer.send(new ProducerRecord<>("times", 0, 1_000_000L + i * 10L, null, "v" + i))
                        .get();
            }
        }
        TopicPartition partition = new TopicPartition("times", 0);

        try (KafkaConsumer<String, String> consumer = consumer(Map.of())) {
            // when
            OffsetAndTimestamp found = requireNonNull(
                    consumer.offsetsForTimes(Map.of(partition, 1_000_205L)).get(partition));
            var none = consumer.offsetsForTimes(Map.of(partition, 2_000_000L)).get(partition);

            // then
            assertThat(found.offset()).isEqualTo(21);
            assertThat(found.timestamp()).isEqualTo(1_000_210L);
            assertThat(none).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void shouldKeepBatchesAsTheProducerCompressedThem(String compression) throws Exception {
        // given
        String topic = "compressed-" + compression;
        cluster.createTopic(topic, 1);

        // when
        try (KafkaProducer<String, String> producer = producer(
                Map.of(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression, ProducerConfig.LINGER_MS_CONFIG, 50))) {
            for (int i = 0; i < 500; i++) {
                var unused =
                        producer.send(new ProducerRecord<>(topic, 0, null, "a value that repeats itself, number " + i));
            }
        }

        // then
        List<ConsumerRecord<String, String>> read = read(topic, 0, 500);
        assertThat(read.get(499).value()).endsWith("number 499");
        assertThat(read.get(499).offset()).isEqualTo(499);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "all"})
    void shouldTakeEveryKindOfAcks(String acks) throws Exception {
        // given
        String topic = "acks-" + acks;
        cluster.createTopic(topic, 1);

        // when
        try (KafkaProducer<String, String> producer = producer(Map.of(
                ProducerConfig.ACKS_CONFIG, acks, ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, acks.equals("all")))) {
            for (int i = 0; i < 20; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, "v" + i)).get();
            }
        }

        // then
        assertThat(read(topic, 0, 20))
                .extracting(ConsumerRecord::value)
                .startsWith("v0")
                .endsWith("v19");
    }

    /** Such a record may be lost, so it is only sure that one that is sent again and again comes, and none out of order. */
    @Test
    void shouldTakeRecordsWhoseProducerWantsNoAnswer() {
        // given
        cluster.createTopic("acks-0", 1);
        TopicPartition partition = new TopicPartition("acks-0", 0);
        List<Integer> read = new ArrayList<>();

        // when
        try (KafkaProducer<String, String> producer = producer(
                        Map.of(ProducerConfig.ACKS_CONFIG, "0", ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false));
                KafkaConsumer<String, String> consumer = consumer(Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            AtomicInteger sent = new AtomicInteger();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                var unused = producer.send(new ProducerRecord<>("acks-0", 0, null, "" + sent.getAndIncrement()));
                consumer.poll(Duration.ofMillis(50)).forEach(record -> read.add(Integer.valueOf(record.value())));
                return read.size() >= 20;
            });
        }

        // then
        assertThat(read).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void shouldSpreadRecordsOverPartitionsByKeyAndKeepTheOrderOfEach() throws Exception {
        // given
        cluster.createTopic("keys", 4);
        Map<String, Integer> partitionOfKey = new HashMap<>();

        // when
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 400; i++) {
                String key = "k" + i % 20;
                RecordMetadata metadata = producer.send(new ProducerRecord<>("keys", key, Integer.toString(i)))
                        .get();
                assertThat(partitionOfKey.computeIfAbsent(key, k -> metadata.partition()))
                        .isEqualTo(metadata.partition());
            }
        }

        // then
        int read = 0;
        for (int partition = 0; partition < 4; partition++) {
            int end = Math.toIntExact(endOffset("keys", partition));
            List<Integer> values = read("keys", partition, end).stream()
                    .map(r -> Integer.valueOf(r.value()))
                    .toList();
            assertThat(values).isSorted();
            read += values.size();
        }
        assertThat(read).isEqualTo(400);
    }

    @Test
    void shouldWakeAConsumerThatWaits() throws Exception {
        // given: a poll that would wait for an hour
        cluster.createTopic("poll", 1);
        TopicPartition partition = new TopicPartition("poll", 0);
        try (KafkaConsumer<String, String> consumer = consumer(Map.of(
                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 3_600_000,
                ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_700_000,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 3_800_000))) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            assertThat(consumer.poll(Duration.ofMillis(500))).isEmpty();

            // when
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send("poll", 0, 1, "woken-"));

            // then
            assertThat(poll(consumer, 1).get(0).value()).isEqualTo("woken-0");
            sent.join();
            // Its last fetch waits still.
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    @Test
    void shouldWaitForMinBytesOfSeveralBatches() throws Exception {
        // given
        cluster.createTopic("minbytes", 1);
        TopicPartition partition = new TopicPartition("minbytes", 0);
        try (KafkaConsumer<String, String> consumer = consumer(Map.of(
                ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 20_000, ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 60_000))) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));

            // when: batches of 1 KB come one by one
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                try (KafkaProducer<String, String> producer = producer(Map.of())) {
                    for (int i = 0; i < 30; i++) {
                        producer.send(new ProducerRecord<>("minbytes", 0, null, "x".repeat(1000)))
                                .get();
                    }
                } catch (InterruptedException | ExecutionException e) {
                    throw new AssertionError(e);
                }
            });
            List<ConsumerRecord<String, String>> first = poll(consumer, 1);

            // then: one answer holds enough of them
            assertThat(first.stream().mapToInt(r -> r.value().length()).sum()).isGreaterThan(15_000);
            sent.join();
            // Its last fetch waits still.
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    @Test
    void shouldRefuseOffsetsThatTheLogDoesNotHold() {
        // given
        cluster.createTopic("range", 1);
        send("range", 0, 10, "v");
        TopicPartition partition = new TopicPartition("range", 0);

        try (KafkaConsumer<String, String> consumer =
                consumer(Map.of(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none"))) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 11);

            // when, then
            assertThatThrownBy(() -> poll(consumer, 1)).isInstanceOf(OffsetOutOfRangeException.class);
        }
    }

    @Test
    void shouldCreateDescribeListAndDeleteTopics() throws Exception {
        try (Admin admin = cluster.admin()) {
            // given
            admin.createTopics(
                            List.of(new NewTopic("admin", 3, (short) 3).configs(Map.of("max.message.bytes", "50000"))))
                    .all()
                    .get();

            // then
            TopicDescription described = requireNonNull(
                    admin.describeTopics(List.of("admin")).allTopicNames().get().get("admin"));
            assertThat(described.partitions())
                    .hasSize(3)
                    .allSatisfy(p -> assertThat(p.replicas()).hasSize(3));
            assertThat(admin.listTopics().names().get()).contains("admin");
            Config config = admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "admin")))
                    .all()
                    .get()
                    .values()
                    .iterator()
                    .next();
            assertThat(config.get("max.message.bytes").value()).isEqualTo("50000");
            assertThat(config.get("min.insync.replicas").value()).isEqualTo("2");

            // when
            admin.deleteTopics(List.of("admin")).all().get();

            // then
            assertThat(admin.listTopics().names().get()).doesNotContain("admin");
            assertThatThrownBy(() -> admin.describeTopics(List.of("admin"))
                            .allTopicNames()
                            .get())
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        }
    }

    @Test
    void shouldStartAnewWhenATopicIsDeletedAndCreatedAgain() throws Exception {
        // given
        cluster.createTopic("again", 1);
        send("again", 0, 5, "old-");
        try (Admin admin = cluster.admin()) {
            admin.deleteTopics(List.of("again")).all().get();
        }

        // when
        cluster.createTopic("again", 1);
        send("again", 0, 3, "new-");

        // then
        assertThat(read("again", 0, 3)).extracting(ConsumerRecord::value).containsExactly("new-0", "new-1", "new-2");
    }

    @Test
    void shouldSayWhatIsWrongWithATopicThatCannotBeCreated() {
        cluster.createTopic("taken", 1);
        try (Admin admin = cluster.admin()) {
            assertThatThrownBy(() -> create(admin, new NewTopic("taken", 1, (short) 3)))
                    .hasCauseInstanceOf(TopicExistsException.class);
            assertThatThrownBy(() -> create(admin, new NewTopic("no/slashes", 1, (short) 3)))
                    .hasCauseInstanceOf(InvalidTopicException.class);
            assertThatThrownBy(() -> create(admin, new NewTopic("many", 1, (short) 4)))
                    .hasCauseInstanceOf(InvalidReplicationFactorException.class);
            assertThatThrownBy(() ->
                            create(admin, new NewTopic("short", 1, (short) 3).configs(Map.of("retention.ms", "-2"))))
                    .hasCauseInstanceOf(InvalidConfigurationException.class)
                    .hasMessageContaining("retention.ms");
        }
    }

    private static void create(Admin admin, NewTopic topic) throws Exception {
        admin.createTopics(List.of(topic)).all().get();
    }

    @Test
    void shouldDescribeTheCluster() throws Exception {
        try (Admin admin = cluster.admin()) {
            assertThat(admin.describeCluster().clusterId().get()).hasSize(22);
            assertThat(admin.describeCluster().nodes().get())
                    .extracting(n -> n.id())
                    .containsExactlyInAnyOrder(1, 2, 3);
            Config config = admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.BROKER, "2")))
                    .all()
                    .get()
                    .values()
                    .iterator()
                    .next();
            assertThat(config.get("message.max.bytes").value()).isEqualTo("1048588");
        }
    }

    @Test
    void shouldRefuseARecordThatIsTooLargeAndGoOn() throws Exception {
        // given
        cluster.createTopic("large", 1);
        try (KafkaProducer<String, String> producer = producer(Map.of(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                10_000_000,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64_000_000L))) {
            // when, then
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("large", 0, null, "x".repeat(2_000_000)))
                            .get())
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            assertThat(producer.send(new ProducerRecord<>("large", 0, null, "small"))
                            .get()
                            .offset())
                    .isZero();
        }
    }

    @Test
    void shouldTellATransactionalProducerAtOnceThatThereAreNoTransactions() {
        try (KafkaProducer<String, String> producer = producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "t"))) {
            assertThatThrownBy(producer::initTransactions).isInstanceOf(KafkaException.class);
        }
    }

    private static KafkaProducer<String, String> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap());
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap());
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    private static void send(String topic, int partition, int count, String prefix) {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < count; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, partition, null, prefix + i));
            }
        }
    }

    private static long endOffset(String topic, int partition) {
        TopicPartition id = new TopicPartition(topic, partition);
        try (KafkaConsumer<String, String> consumer = consumer(Map.of())) {
            return consumer.endOffsets(List.of(id)).getOrDefault(id, 0L);
        }
    }

    private static List<ConsumerRecord<String, String>> read(String topic, int partition, int count) {
        TopicPartition id = new TopicPartition(topic, partition);
        try (KafkaConsumer<String, String> consumer = consumer(Map.of())) {
            consumer.assign(List.of(id));
            consumer.seekToBeginning(List.of(id));
            List<ConsumerRecord<String, String>> read = poll(consumer, count);
            assertThat(read).hasSize(count);
            return read;
        }
    }

    /** Polls until at least so many records came. */
    private static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int atLeast) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        long deadline = System.nanoTime() + LocalCluster.LIMIT.toNanos();
        while (records.size() < atLeast && System.nanoTime() < deadline) {
            consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
        }
        return records;
    }
}
