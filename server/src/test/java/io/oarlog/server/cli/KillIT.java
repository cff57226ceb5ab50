package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
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
            try (NumberSender sender = new NumberSender(cluster.bootstrap())) {
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
            try (NumberSender sender = new NumberSender(cluster.bootstrap())) {
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

    /** Sends 0, 1, 2, ... with the Kafka producer's default settings until it is stopped. */
    private static final class NumberSender implements AutoCloseable {
        private static final int MAX_IN_FLIGHT = 2_000;

        private final KafkaProducer<Integer, Integer> producer;
        private final Map<Integer, Long> offsets = new ConcurrentHashMap<>();
        private final Map<Integer, Exception> failures = new ConcurrentHashMap<>();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final AtomicInteger sent = new AtomicInteger();
        private final CompletableFuture<Void> sending;

        NumberSender(String bootstrap) {
            Properties properties = new Properties();
            properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
            this.producer = new KafkaProducer<>(properties, new IntegerSerializer(), new IntegerSerializer());
            this.sending = CompletableFuture.runAsync(this::run);
        }

        private void run() {
            while (!stopped.get()) {
                if (sent.get() - offsets.size() - failures.size() >= MAX_IN_FLIGHT) {
                    Thread.onSpinWait();
                    continue;
                }
                int number = sent.getAndIncrement();
                var unused = producer.send(new ProducerRecord<>(TOPIC, 0, null, number), (metadata, e) -> {
                    if (e == null) {
                        offsets.put(number, metadata.offset());
                    } else {
                        failures.put(number, e);
                    }
                });
            }
        }

        void awaitAcknowledged(int more) {
            int target = offsets.size() + more;
            org.awaitility.Awaitility.await()
                    .atMost(TestCluster.LIMIT)
                    .until(() -> offsets.size() >= target || !failures.isEmpty());
        }

        /** Sends no more and waits for all that was sent. */
        void stop() {
            stopped.set(true);
            sending.join();
            producer.flush();
        }

        /** Gives up on what is in flight; returns what was acknowledged, with the offsets. */
        Map<Integer, Long> abandon() {
            stopped.set(true);
            sending.join();
            producer.close(Duration.ZERO);
            return Map.copyOf(offsets);
        }

        int acknowledged() {
            return offsets.size();
        }

        Map<Integer, Exception> failures() {
            return failures;
        }

        @Override
        public void close() {
            stopped.set(true);
            producer.close(Duration.ZERO);
        }
    }
}
