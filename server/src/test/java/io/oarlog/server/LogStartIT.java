package io.oarlog.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.client.AdminSettings;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs whose start moves, by retention or because an administrator says so; Kafka's own clients. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LogStartIT {
    private static final List<Integer> NODES = List.of(1, 2, 3);
    private static final int MIB = 1 << 20;
    /** As small as Kafka allows. */
    private static final String SEGMENT_BYTES = Integer.toString(MIB);

    private static final String PADDING = "x".repeat(100_000);
    private static final long LONG_AGO = 1_000;

    @TempDir
    static Path directory;

    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(directory, Map.of("log.retention.check.interval.ms", "100"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void shouldDeleteRecordsBelowAnOffset() throws Exception {
        // given
        TopicPartition partition = createTopic("deleted", Map.of());
        produce(partition, 100, "");

        // when
        long lowWatermark = deleteRecords(partition, 40);

        // then
        assertThat(lowWatermark).isEqualTo(40);
        assertThat(read(partition, 0, 60)).isEqualTo(offsets(40, 100));
        try (KafkaConsumer<String, String> consumer = consumer("none")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 39);
            assertThatThrownBy(() -> consumer.poll(LocalCluster.LIMIT)).isInstanceOf(OffsetOutOfRangeException.class);
            assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 40L);
        }
        assertThat(deleteRecords(partition, 10)).as("never back").isEqualTo(40);
        assertThat(deleteRecords(partition, -1)).as("all").isEqualTo(100);
        produce(partition, 5, "");
        assertThat(read(partition, 0, 5)).isEqualTo(offsets(100, 105));
    }

    @Test
    void shouldRefuseToDeleteWhatIsNotThere() {
        // given
        TopicPartition partition = createTopic("refused", Map.of());

        // when, then
        assertThatThrownBy(() -> deleteRecords(partition, 1))
                .hasCauseInstanceOf(org.apache.kafka.common.errors.OffsetOutOfRangeException.class);
    }

    @Test
    void shouldServeTheThinClientAlike() throws Exception {
        // given
        TopicPartition partition = createTopic("thin", Map.of());
        produce(partition, 100, "");
        var ours = new io.oarlog.client.TopicPartition(partition.topic(), partition.partition());
        try (var admin = new io.oarlog.client.Admin(AdminSettings.defaults(cluster.bootstrap()));
                Consumer consumer = new Consumer(ConsumerSettings.defaults(cluster.bootstrap()))) {
            // when
            long first = admin.deleteRecords(ours, 40);

            // then
            assertThat(first).isEqualTo(40);
            consumer.assign(List.of(ours));
            consumer.seek(ours, 10);
            assertThatThrownBy(() -> consumer.poll(LocalCluster.LIMIT))
                    .isInstanceOf(io.oarlog.client.OffsetOutOfRangeException.class)
                    .hasMessageContaining("offset 10");
            consumer.seekToBeginning(List.of(ours));
            List<Long> read = new ArrayList<>();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> read.add(record.offset()));
                return read.size() >= 60;
            });
            assertThat(read).isEqualTo(offsets(40, 100));
        }
    }

    @Test
    void shouldAnswerAFetchThatWaitsBelowTheNewStart() throws Exception {
        // given: a fetch that would wait for longer than the test does
        TopicPartition partition = createTopic("waiting", Map.of());
        produce(partition, 10, "");
        int patience = Math.toIntExact(LocalCluster.LIMIT.toMillis() * 10);
        try (KafkaConsumer<String, String> consumer = consumer(Map.of(
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "none",
                ConsumerConfig.FETCH_MIN_BYTES_CONFIG,
                10 * MIB,
                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                patience,
                ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                2 * patience))) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 3);
            Broker leader = cluster.broker(cluster.leader(partition.topic(), 0));
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(10));
                return leader.waitingFetches() > 0;
            });

            // when
            deleteRecords(partition, 5);

            // then
            assertThatThrownBy(() -> consumer.poll(LocalCluster.LIMIT)).isInstanceOf(OffsetOutOfRangeException.class);
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    @Test
    void shouldKeepTheNewestBytesOnAllNodesAndLetConsumersGoOn() throws Exception {
        // given
        TopicPartition partition = createTopic(
                "bytes", Map.of("segment.bytes", SEGMENT_BYTES, "retention.bytes", Integer.toString(2 * MIB)));
        try (KafkaConsumer<String, String> consumer = consumer("earliest")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);

            // when
            produce(partition, 80, PADDING);

            // then: of 80 records of 100 KB those go without which there are 2 MiB still, a segment of 10 at a time
            NODES.forEach(node -> awaitFirstSegment(node, partition, 50));
            List<Long> read = new ArrayList<>();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> read.add(record.offset()));
                return consumer.position(partition) == 80;
            });
            assertThat(read).isEqualTo(offsets(50, 80));
        }
    }

    @Test
    void shouldDropRecordsThatAreTooOldAndKeepTheTopicUsable() throws Exception {
        // given: kept for seven days by default
        TopicPartition partition = createTopic("old", Map.of());

        // when
        produce(partition, 20, "", LONG_AGO);

        // then
        try (KafkaConsumer<String, String> consumer = consumer("earliest")) {
            await().atMost(LocalCluster.LIMIT)
                    .until(() -> consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L) == 20);
        }
        NODES.forEach(node -> awaitFirstSegment(node, partition, 20));
        produce(partition, 3, "");
        assertThat(read(partition, 0, 3)).isEqualTo(offsets(20, 23));
    }

    @Test
    void shouldKeepTheStartAndTheSizeOfSegmentsOverARestart() throws Exception {
        // given
        TopicPartition partition =
                createTopic("restarted", Map.of("segment.bytes", SEGMENT_BYTES, "retention.ms", "-1"));
        produce(partition, 25, PADDING);
        assertThat(deleteRecords(partition, 17)).isEqualTo(17);

        // when
        NODES.forEach(cluster::stop);
        for (int node : NODES) {
            cluster.start(node);
        }
        cluster.awaitBrokers(NODES.size());

        // then
        assertThat(read(partition, 0, 8)).isEqualTo(offsets(17, 25));
        for (int node : NODES) {
            int before = segments(node, partition).size();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                produce(partition, 5, PADDING);
                return segments(node, partition).size() >= before + 2;
            });
        }
    }

    @Test
    void shouldDescribeRetentionAsItHolds() throws Exception {
        // given
        TopicPartition partition = createTopic("described", Map.of("retention.bytes", "50000000000"));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, partition.topic());

        // when
        Config config;
        try (Admin admin = cluster.admin()) {
            config = requireNonNull(
                    admin.describeConfigs(List.of(resource)).all().get().get(resource));
        }

        // then
        ConfigEntry bytes = config.get("retention.bytes");
        assertThat(bytes.value()).isEqualTo("50000000000");
        assertThat(bytes.type()).isEqualTo(ConfigEntry.ConfigType.LONG);
        assertThat(bytes.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(config.get("retention.ms").value()).isEqualTo("604800000");
        assertThat(config.get("segment.ms").isDefault()).isTrue();
    }

    private static TopicPartition createTopic(String name, Map<String, String> configs) {
        cluster.createTopic(name, 1, configs);
        return new TopicPartition(name, 0);
    }

    private static void produce(TopicPartition partition, int count, String padding) throws Exception {
        produce(partition, count, padding, System.currentTimeMillis());
    }

    /** One by one, so that none shares its entry, and so its segment, with others. */
    private static void produce(TopicPartition partition, int count, String padding, long timestamp) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(
                                partition.topic(), partition.partition(), timestamp, null, i + padding))
                        .get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    /** Returns the low watermark. */
    private static long deleteRecords(TopicPartition partition, long beforeOffset) throws Exception {
        try (Admin admin = cluster.admin()) {
            return requireNonNull(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(beforeOffset)))
                            .lowWatermarks()
                            .get(partition))
                    .get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .lowWatermark();
        }
    }

    private static KafkaConsumer<String, String> consumer(String reset) {
        return consumer(Map.of(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, reset));
    }

    private static KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap());
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    /** Offsets of what a consumer gets that goes on at the earliest record when its position is gone. */
    private static List<Long> read(TopicPartition partition, long fromOffset, int atLeast) {
        try (KafkaConsumer<String, String> consumer = consumer("earliest")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, fromOffset);
            List<Long> read = new ArrayList<>();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> read.add(record.offset()));
                return read.size() >= atLeast;
            });
            return read;
        }
    }

    private static List<Long> offsets(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private static void awaitFirstSegment(int node, TopicPartition partition, long baseOffset) {
        await().atMost(LocalCluster.LIMIT)
                .until(() -> segments(node, partition).get(0).equals(String.format("%020d.log", baseOffset)));
    }

    /** Names of the files, in order. */
    private static List<String> segments(int node, TopicPartition partition) throws IOException {
        Path topic = cluster.dataDirectory(node).resolve("log").resolve(partition.topic());
        try (Stream<Path> partitions = Files.list(topic);
                Stream<Path> files = Files.list(partitions.findFirst().orElseThrow())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }
}
