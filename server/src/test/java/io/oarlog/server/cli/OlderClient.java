package io.oarlog.server.cli;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.IntegerSerializer;

/**
 * A program for the Kafka client that is on its class path, of any version from 2.8 on: a producer and two members of a group,
 * driven by the lines that {@link ClientProgram} writes. Uses nothing that 2.8 does not have.
 */
final class OlderClient {
    private final String bootstrap;
    private final String topic;
    private final String group;
    private final ConcurrentMap<TopicPartition, Long> acknowledged = new ConcurrentHashMap<>();
    private int sent;
    private long wanted;

    private OlderClient(String bootstrap, String topic, String group) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.group = group;
    }

    /**
     * Runs until it is told to end.
     *
     * @param args bootstrap, topic, group, class name of the assignor
     */
    public static void main(String[] args) throws Exception {
        System.out.println("version " + version());
        new OlderClient(args[0], args[1], args[2]).run(args[3]);
        System.exit(0);
    }

    private static String version() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = KafkaProducer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            properties.load(Objects.requireNonNull(in));
        }
        return properties.getProperty("version");
    }

    private void run(String assignor) throws Exception {
        Map<String, Object> membership = Map.of(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, assignor);
        try (AdminClient admin = AdminClient.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap));
                KafkaProducer<Integer, byte[]> producer = producer()) {
            int partitions = producer.partitionsFor(topic).size();
            System.out.println("cluster "
                    + admin.describeCluster().nodes().get().size() + " brokers, " + partitions + " partitions");
            CommittingMember first = new CommittingMember(bootstrap, membership, group, topic, acknowledged);
            CommittingMember second = new CommittingMember(bootstrap, membership, group, topic, acknowledged);
            OwnershipWatch watch = new OwnershipWatch(List.of(first, second), partitions);
            watch.awaitAllOwned(TestCluster.LIMIT);
            System.out.println("joined");
            ProgramLines.obey(count -> produce(producer, count), this::consume);
            watch.stop();
            System.out.println("gap " + watch.longestGap().toMillis());
            first.close();
            second.close();
            first.failure().ifPresent(failure -> System.out.println("failed " + failure));
            second.failure().ifPresent(failure -> System.out.println("failed " + failure));
            long committed =
                    admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
                            .mapToLong(stored -> stored.offset())
                            .sum();
            System.out.println("committed " + committed);
        }
    }

    private void produce(KafkaProducer<Integer, byte[]> producer, int count) throws Exception {
        List<Future<?>> pending = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pending.add(producer.send(new ProducerRecord<>(topic, sent++, new byte[100])));
        }
        for (Future<?> each : pending) {
            each.get();
        }
    }

    private void consume(int count) {
        wanted += count;
        await().atMost(TestCluster.LIMIT)
                .until(() -> acknowledged.values().stream()
                                .mapToLong(Long::longValue)
                                .sum()
                        >= wanted);
    }

    private KafkaProducer<Integer, byte[]> producer() {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "lz4"),
                new IntegerSerializer(),
                new ByteArraySerializer());
    }
}
