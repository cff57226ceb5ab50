package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.CountingDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Consumers are sent batches from the segments' files, and files are let go of afterwards. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FileRegionIT {
    private static final int RECORDS = 3_000;
    private static final int VALUE_BYTES = 2_000;

    @Test
    void shouldSendBatchesFromTheFile(@TempDir Path directory) throws Exception {
        List<CountingDisk> disks =
                IntStream.rangeClosed(0, 3).mapToObj(node -> new CountingDisk()).toList();
        try (LocalCluster cluster = LocalCluster.start(directory, disks::get)) {
            // given
            cluster.createTopic("sent", 1);
            long seed = System.nanoTime();
            produce(cluster, seed);

            // when
            List<ConsumerRecord<byte[], byte[]>> consumed = consume(cluster);

            // then
            Random random = new Random(seed);
            for (ConsumerRecord<byte[], byte[]> record : consumed) {
                assertThat(record.value())
                        .as("seed %d, offset %d", seed, record.offset())
                        .isEqualTo(value(random));
            }
            long sent = disks.stream().mapToLong(CountingDisk::bytesSent).sum();
            assertThat(sent).isGreaterThan((long) RECORDS * VALUE_BYTES / 2);
        }
    }

    private static byte[] value(Random random) {
        byte[] value = new byte[VALUE_BYTES];
        random.nextBytes(value);
        return value;
    }

    private static void produce(LocalCluster cluster, long seed) {
        Random random = new Random(seed);
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", cluster.bootstrap(), "batch.size", 32_768, "linger.ms", 50),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                var unused = producer.send(new ProducerRecord<>("sent", value(random)));
            }
            producer.flush();
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> consume(LocalCluster cluster) {
        List<ConsumerRecord<byte[], byte[]>> consumed = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", cluster.bootstrap(), "check.crcs", "true"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition("sent", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            await().atMost(LocalCluster.LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(consumed::add);
                return consumed.size() >= RECORDS;
            });
        }
        assertThat(consumed).hasSize(RECORDS);
        return consumed;
    }
}
