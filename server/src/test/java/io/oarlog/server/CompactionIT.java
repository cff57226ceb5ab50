package io.oarlog.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compacted topics, as Kafka's own clients and the thin one see them. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CompactionIT {
    private static final List<Integer> NODES = List.of(1, 2, 3);
    private static final int MIB = 1 << 20;
    private static final int KEYS = 5;
    private static final long LONG_AGO = 1_000;
    private static final String TOMBSTONE = "tombstone";
    /** Ten records fill the smallest segment that Kafka allows. */
    private static final String PADDING = "x".repeat(100_000);

    private static final Map<String, String> COMPACTED = Map.of(
            "cleanup.policy", "compact", "segment.bytes", Integer.toString(MIB), "min.cleanable.dirty.ratio", "0.01");

    @TempDir
    static Path directory;

    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(
                directory, Map.of("log.cleaner.backoff.ms", "100", "log.retention.check.interval.ms", "100"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void shouldKeepTheNewestRecordOfEachKeyOnEveryNode() throws Exception {
        // given: three partitions, so that each node leads one
        cluster.createTopic("newest", 3, COMPACTED);
        for (int p = 0; p < 3; p++) {
            TopicPartition partition = new TopicPartition("newest", p);
            produce(List.of(record(partition, 0, "gone", "value"), record(partition, 0, "gone", null)));
            produceInTurns(partition, 0, 45);
        }

        // when: 4.7 MB become those of five keys and of the segment that is written to
        for (int p = 0; p < 3; p++) {
            TopicPartition partition = new TopicPartition("newest", p);
            NODES.forEach(node -> awaitBytesBelow(node, partition, 2 * MIB));
        }

        // then
        for (int p = 0; p < 3; p++) {
            TopicPartition partition = new TopicPartition("newest", p);
            List<ConsumerRecord<String, String>> read = read(partition, 47);
            assertThat(read).extracting(ConsumerRecord::offset).isSorted().doesNotHaveDuplicates();
            Map<String, String> newest = new HashMap<>();
            read.forEach(record -> newest.put(record.key(), number(record)));
            Map<String, String> expected = new HashMap<>();
            expected.put("gone", TOMBSTONE);
            for (int i = 40; i < 45; i++) {
                expected.put("key-" + i % KEYS, Integer.toString(i));
            }
            assertThat(newest).isEqualTo(expected);
            assertThat(read)
                    .as("the tombstone is seen, its value is not")
                    .filteredOn(r -> r.key().equals("gone"))
                    .hasSize(1);
            assertThat(readWithTheThinClient(partition, 47))
                    .isEqualTo(read.stream().map(ConsumerRecord::offset).toList());
        }
        assertThat(cluster.leader("newest", 0)).isNotEqualTo(cluster.leader("newest", 1));
    }

    @Test
    void shouldDeleteAndCompactWhereBothIsAskedFor() throws Exception {
        // given: twenty records that are too old, and forty that are not
        Map<String, String> configs = new HashMap<>(COMPACTED);
        configs.put("cleanup.policy", "compact,delete");
        cluster.createTopic("both", 1, configs);
        TopicPartition partition = new TopicPartition("both", 0);
        List<ProducerRecord<String, String>> old = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            old.add(record(partition, LONG_AGO, "old-" + i, i + PADDING));
        }
        produce(old);

        // when
        produceInTurns(partition, 20, 60);

        // then
        try (KafkaConsumer<String, String> consumer = consumer()) {
            await().atMost(LocalCluster.LIMIT)
                    .until(() -> consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L) == 20);
        }
        NODES.forEach(node -> awaitBytesBelow(node, partition, 2 * MIB));
        List<ConsumerRecord<String, String>> read = read(partition, 60);
        assertThat(read.get(0).offset()).isGreaterThanOrEqualTo(20);
        assertThat(read.subList(read.size() - KEYS, read.size()))
                .extracting(CompactionIT::number)
                .containsExactly("55", "56", "57", "58", "59");
    }

    @Test
    void shouldRefuseWhatACompactedTopicCannotTake() {
        // given
        cluster.createTopic("refusing", 1, COMPACTED);
        TopicPartition partition = new TopicPartition("refusing", 0);

        // when, then
        assertThatThrownBy(() -> produce(List.of(record(partition, 0, null, "keyless"))))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InvalidRecordException.class)
                .hasMessageContaining(
                        "Compacted topic cannot accept message without key in topic partition refusing-0.");
        try (Admin admin = cluster.admin();
                KafkaConsumer<String, String> consumer = consumer()) {
            assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 0L);
            assertThatThrownBy(() -> requireNonNull(
                                    admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(0)))
                                            .lowWatermarks()
                                            .get(partition))
                            .get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(PolicyViolationException.class);
            assertThatThrownBy(() -> admin.createTopics(List.of(new NewTopic("wrong", 1, (short) 3)
                                    .configs(Map.of("cleanup.policy", "compact,shrink"))))
                            .all()
                            .get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(InvalidConfigurationException.class)
                    .hasMessageContaining("cleanup.policy=compact,shrink: must be one or more of delete, compact");
        }
    }

    @Test
    void shouldDescribeHowItCleans() throws Exception {
        // given
        cluster.createTopic("described", 1, COMPACTED);
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "described");
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");

        // when
        Map<ConfigResource, Config> configs;
        try (Admin admin = cluster.admin()) {
            configs = admin.describeConfigs(List.of(topic, broker)).all().get();
        }

        // then
        Config ofTopic = requireNonNull(configs.get(topic));
        assertThat(ofTopic.get("cleanup.policy").value()).isEqualTo("compact");
        assertThat(ofTopic.get("min.cleanable.dirty.ratio").value()).isEqualTo("0.01");
        assertThat(ofTopic.get("delete.retention.ms").value()).isEqualTo("86400000");
        Config ofBroker = requireNonNull(configs.get(broker));
        assertThat(ofBroker.get("log.cleaner.enable").value()).isEqualTo("true");
        assertThat(ofBroker.get("log.cleaner.backoff.ms").value()).isEqualTo("100");
    }

    private static void produceInTurns(TopicPartition partition, int from, int to) throws Exception {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = from; i < to; i++) {
            records.add(record(partition, System.currentTimeMillis(), "key-" + i % KEYS, i + PADDING));
        }
        produce(records);
    }

    private static ProducerRecord<String, String> record(
            TopicPartition partition, long timestamp, @Nullable String key, @Nullable String value) {
        return new ProducerRecord<>(partition.topic(), partition.partition(), timestamp, key, value);
    }

    /** One by one, so that none shares its entry, and so its segment, with others. */
    private static void produce(List<ProducerRecord<String, String>> records) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer())) {
            for (ProducerRecord<String, String> record : records) {
                producer.send(record).get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    private static String number(ConsumerRecord<String, String> record) {
        return record.value() == null ? TOMBSTONE : record.value().replace("x", "");
    }

    private static KafkaConsumer<String, String> consumer() {
        return new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringDeserializer(),
                new StringDeserializer());
    }

    /** All records until the consumer's position is the end. */
    private static List<ConsumerRecord<String, String>> read(TopicPartition partition, long endOffset) {
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(read::add);
                return consumer.position(partition) == endOffset;
            });
            return read;
        }
    }

    /** Offsets of all records up to the last one. */
    private static List<Long> readWithTheThinClient(TopicPartition partition, long endOffset) {
        var ours = new io.oarlog.client.TopicPartition(partition.topic(), partition.partition());
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(cluster.bootstrap()))) {
            consumer.assign(List.of(ours));
            consumer.seekToBeginning(List.of(ours));
            List<Long> read = new ArrayList<>();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> read.add(record.offset()));
                return read.contains(endOffset - 1);
            });
            return read;
        }
    }

    private static void awaitBytesBelow(int node, TopicPartition partition, long bytes) {
        await().atMost(LocalCluster.LIMIT).ignoreExceptions().until(() -> segmentBytes(node, partition) < bytes);
    }

    private static long segmentBytes(int node, TopicPartition partition) throws IOException {
        Path topic = cluster.dataDirectory(node).resolve("log").resolve(partition.topic());
        try (Stream<Path> partitions = Files.list(topic)) {
            Path found = partitions
                    .filter(path -> String.valueOf(path.getFileName()).startsWith(partition.partition() + "."))
                    .findFirst()
                    .orElseThrow();
            try (Stream<Path> files = Files.list(found)) {
                return files.filter(file -> file.toString().endsWith(".log"))
                        .mapToLong(file -> file.toFile().length())
                        .sum();
            }
        }
    }
}
