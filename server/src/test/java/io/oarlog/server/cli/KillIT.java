package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promises 1 to 3 of the README against SIGKILL, with the unmodified Kafka clients and real processes. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class KillIT {
    private static final String TOPIC = "kill";
    private static final int KILLS = 20;

    @TempDir
    Path directory;

    @Test
    void shouldNeitherLoseNorRepeatNorReorderWhenTheLeaderIsKilledTwentyTimes() throws Exception {
        try (TestCluster cluster = TestCluster.start(directory)) {
            // given: an idempotent producer that sends all the time
            cluster.createTopic(TOPIC, 1);
            cluster.awaitLeader(TOPIC, -1);
            try (NumberSender sender = new NumberSender(cluster.bootstrap(), KillIT::numbered)) {
                // when
                for (int kill = 0; kill < KILLS; kill++) {
                    sender.awaitAcknowledged(200);
                    int leader = cluster.awaitLeader(TOPIC, -1);
                    cluster.kill(leader);
                    sender.awaitAcknowledged(200);
                    cluster.start(leader);
                    cluster.awaitReady();
                }
                sender.stop();

                // then
                assertThat(sender.failures()).isEmpty();
                assertThat(read(cluster.bootstrap())).isEqualTo(numbers(sender.acknowledged()));
            }
            cluster.awaitIdenticalReplicas(TOPIC, 0);
        }
    }

    @Test
    void shouldHaveEverythingAcknowledgedWhenAllNodesAreKilledAtOnce() throws Exception {
        try (TestCluster cluster = TestCluster.start(directory)) {
            // given
            cluster.createTopic(TOPIC, 1);
            cluster.awaitLeader(TOPIC, -1);
            Map<Integer, Long> acknowledged;
            try (NumberSender sender = new NumberSender(cluster.bootstrap(), KillIT::numbered)) {
                sender.awaitAcknowledged(2_000);

                // when: in mid-stream
                for (int node = 1; node <= 3; node++) {
                    cluster.kill(node);
                }
                acknowledged = sender.abandon();
            }
            for (int node = 1; node <= 3; node++) {
                cluster.start(node);
            }
            cluster.awaitReady();
            cluster.awaitLeader(TOPIC, -1);

            // then: every acknowledged number is at its offset; what was in flight may be there behind them
            List<Integer> read = read(cluster.bootstrap());
            acknowledged.forEach(
                    (number, offset) -> assertThat(read.get(offset.intValue())).isEqualTo(number));
            assertThat(read).isEqualTo(numbers(read.size()));
            cluster.awaitIdenticalReplicas(TOPIC, 0);
        }
    }

    private static ProducerRecord<Integer, byte[]> numbered(int number) {
        return new ProducerRecord<>(
                TOPIC,
                0,
                null,
                ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
    }

    private static List<Integer> numbers(int count) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    private static List<Integer> read(String bootstrap) {
        Properties properties = new Properties();
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        List<Integer> numbers = new ArrayList<>();
        try (KafkaConsumer<Integer, Integer> consumer =
                new KafkaConsumer<>(properties, new IntegerDeserializer(), new IntegerDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<Integer, Integer> record : consumer.poll(Duration.ofSeconds(1))) {
                    assertThat(record.offset()).isEqualTo(numbers.size());
                    numbers.add(record.value());
                }
            }
        }
        return numbers;
    }
}
