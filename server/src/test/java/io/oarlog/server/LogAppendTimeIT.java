package io.oarlog.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics whose records get the broker's time; Kafka's own clients. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LogAppendTimeIT {
    private static final long LONG_AGO = 1_000;

    @TempDir
    static Path directory;

    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        // Records of long ago would be gone at once if their own time counted.
        cluster = LocalCluster.start(directory, Map.of("log.retention.check.interval.ms", "100"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4"})
    void shouldReadBackTheTimeThatTheProducerWasTold(String compression) throws Exception {
        // given
        String topic = "times-" + compression;
        cluster.createTopic(topic, 1, Map.of("message.timestamp.type", "LogAppendTime"));

        // when
        List<RecordMetadata> produced = produce(topic, compression);

        // then
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(read::add);
                return read.size() >= produced.size();
            });
            assertThat(read).extracting(ConsumerRecord::timestampType).containsOnly(TimestampType.LOG_APPEND_TIME);
            assertThat(read)
                    .extracting(ConsumerRecord::timestamp)
                    .isEqualTo(produced.stream().map(RecordMetadata::timestamp).toList());

            // and: they are found by it
            RecordMetadata last = produced.get(produced.size() - 1);
            OffsetAndTimestamp found = requireNonNull(consumer.offsetsForTimes(Map.of(partition, last.timestamp()))
                    .get(partition));
            assertThat(found.timestamp()).isEqualTo(last.timestamp());
            assertThat(read.get((int) found.offset()).timestamp()).isEqualTo(last.timestamp());
            assertThat(consumer.offsetsForTimes(Map.of(partition, last.timestamp() + 1))
                            .get(partition))
                    .isNull();
        }
    }

    /** In two batches at least. */
    private static List<RecordMetadata> produce(String topic, String compression) throws Exception {
        List<RecordMetadata> produced = new ArrayList<>();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        compression),
                new StringSerializer(),
                new StringSerializer())) {
            for (int batch = 0; batch < 2; batch++) {
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    sent.add(producer.send(new ProducerRecord<>(topic, 0, LONG_AGO, null, "value " + i)));
                }
                for (Future<RecordMetadata> future : sent) {
                    produced.add(future.get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS));
                }
            }
        }
        assertThat(produced).allMatch(metadata -> metadata.timestamp() > LONG_AGO);
        return produced;
    }
}
