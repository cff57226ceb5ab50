package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers share a real file system of 64 MiB, which runs full and gets space again. Kafka's own clients. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SmallDiskIT {
    private static final int DISK_MIB = 64;
    private static final int RESERVE_BYTES = 12 * 1024 * 1024;
    private static final String PADDING = "x".repeat(100_000);
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    /** Each fails or succeeds with its first attempt. */
    private static final Map<String, Object> NO_RETRIES =
            Map.of(ProducerConfig.RETRIES_CONFIG, 0, ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);

    @TempDir
    Path directory;

    private SmallFileSystem fileSystem;
    private LocalCluster cluster;
    private final List<String> acknowledged = new ArrayList<>();

    @BeforeEach
    void start() throws IOException, InterruptedException {
        fileSystem = SmallFileSystem.mountOrSkip(directory, DISK_MIB);
        cluster = LocalCluster.start(directory, Map.of("disk.reserve.bytes", Integer.toString(RESERVE_BYTES)));
        cluster.createTopic("orders", 1);
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        try {
            if (cluster != null) {
                cluster.close();
            }
        } finally {
            if (fileSystem != null) {
                fileSystem.unmount();
            }
        }
    }

    @Test
    void shouldRefuseProducesBeforeTheDiskIsFullAndTakeThemWhenATopicIsDeleted() throws Exception {
        // given
        cluster.createTopic("old", 1);
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 80; i++) {
                producer.send(new ProducerRecord<>("old", 0, null, PADDING)).get();
            }
        }

        // when
        produceUntilRefused();

        // then: there is something left, and everything else goes on
        assertThat(Files.getFileStore(directory).getUsableSpace()).isGreaterThan(RESERVE_BYTES / 2);
        assertThat(acknowledged).isNotEmpty();
        assertThat(readAll()).containsSubsequence(acknowledged);
        try (KafkaProducer<String, String> producer = producer(Map.of());
                Admin admin = cluster.admin()) {
            Future<RecordMetadata> retried = producer.send(record("retried"));
            admin.deleteTopics(List.of("old")).all().get();

            // and: a producer with Kafka's defaults never noticed
            retried.get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
            acknowledged.add("retried");
        }
        assertThat(readAll()).containsSubsequence(acknowledged);
    }

    @Test
    void shouldGoOnAfterOthersHadFilledTheDisk() throws Exception {
        // given
        produce("first");
        Path others = directory.resolve("others");

        // when: to the last byte
        fill(others);
        produceUntilRefused();

        // then
        assertThat(readAll()).containsSubsequence(acknowledged);
        Files.delete(others);
        produce("last");
        assertThat(readAll()).containsSubsequence(acknowledged);
    }

    private static void fill(Path file) {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] zeros = new byte[4096];
            while (true) {
                out.write(zeros);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private void produceUntilRefused() {
        try (KafkaProducer<String, String> producer = producer(NO_RETRIES)) {
            await().atMost(LocalCluster.LIMIT)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> {
                        try {
                            return !isAcknowledged(producer, acknowledged.size() + PADDING);
                        } catch (RetriableException e) {
                            // an election, for example: the record may be stored or not
                            return false;
                        }
                    });
        }
    }

    /** Otherwise it was refused for want of space. */
    private boolean isAcknowledged(KafkaProducer<String, String> producer, String value) throws Exception {
        try {
            producer.send(record(value)).get();
            acknowledged.add(value);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KafkaStorageException) {
                return false;
            }
            throw e.getCause() instanceof RetriableException retriable ? retriable : e;
        }
    }

    /** As often as it takes. */
    private void produce(String value) throws Exception {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            producer.send(record(value)).get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
            acknowledged.add(value);
        }
    }

    private static ProducerRecord<String, String> record(String value) {
        return new ProducerRecord<>(ORDERS.topic(), ORDERS.partition(), null, value);
    }

    private List<String> readAll() {
        Map<String, Object> settings = new HashMap<>();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap());
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(ORDERS));
            consumer.seekToBeginning(List.of(ORDERS));
            long end = consumer.endOffsets(List.of(ORDERS)).getOrDefault(ORDERS, 0L);
            List<String> values = new ArrayList<>();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> values.add(record.value()));
                return consumer.position(ORDERS) >= end;
            });
            return values;
        }
    }

    private KafkaProducer<String, String> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap());
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }
}
