package io.oarlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The clients that a test may have: Kafka's own, ours, ZooKeeper's. */
@Oarlog(nodes = 3, topics = "orders", partitions = 3)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ClientsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void shouldServeKafkasClientsATopicThatNobodyCreated(OarlogCluster cluster) throws Exception {
        // when
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("payments", "k", "v")).get();
        }

        // then
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers(),
                        ConsumerConfig.GROUP_ID_CONFIG, "accounting",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of("payments"));
            await().atMost(LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.key() + "=" + record.value()));
                return !read.isEmpty();
            });
        }
        assertThat(read).containsExactly("k=v");
    }

    @Test
    void shouldServeTheThinClientAsAMemberOfAGroup(OarlogCluster cluster) {
        // when
        try (Producer producer = new Producer(ProducerSettings.defaults(cluster.bootstrapServers()))) {
            for (int partition = 0; partition < 3; partition++) {
                producer.send(new io.oarlog.client.ProducerRecord(
                                "orders", partition, null, ("v" + partition).getBytes(UTF_8)))
                        .join();
            }
        }

        // then
        List<String> read = new ArrayList<>();
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(cluster.bootstrapServers()))) {
            consumer.subscribe("billing", List.of("orders"));
            for (ConsumedRecord record : consumer.records()) {
                read.add(new String(Objects.requireNonNull(record.value()), UTF_8));
                if (read.size() == 3) {
                    break;
                }
            }
            consumer.commitSync();
        }
        assertThat(read).containsExactlyInAnyOrder("v0", "v1", "v2");
    }

    @Test
    void shouldServeZooKeepersClient(OarlogCluster cluster) throws Exception {
        ZooKeeper zooKeeper = new ZooKeeper(cluster.zooKeeperConnectString(), 10_000, event -> {});
        try {
            // when
            zooKeeper.create("/app", "hello".getBytes(UTF_8), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);

            // then
            assertThat(zooKeeper.getData("/app", false, null)).isEqualTo("hello".getBytes(UTF_8));
            assertThat(zooKeeper.getChildren("/brokers/ids", false)).containsExactlyInAnyOrder("1", "2", "3");
        } finally {
            zooKeeper.close();
        }
    }
}
