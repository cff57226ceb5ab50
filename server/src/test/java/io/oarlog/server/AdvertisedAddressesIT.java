package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.client.AdminSettings;
import io.oarlog.server.embedded.LocalBrokers;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients are told of brokers that have several addresses. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AdvertisedAddressesIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 3;

    @TempDir
    Path directory;

    private LocalBrokers start(BiFunction<LocalBrokers, Integer, String> listener) throws InterruptedException {
        LocalBrokers brokers = new LocalBrokers(
                directory,
                3,
                (started, node) -> Map.of(
                        "listener", listener.apply(started, node),
                        "group.initial.rebalance.delay.ms", "0",
                        "offsets.topic.num.partitions", "1"));
        try {
            brokers.startAll();
            brokers.awaitReady(LIMIT);
            return brokers;
        } catch (InterruptedException | RuntimeException e) {
            brokers.close();
            throw e;
        }
    }

    @Test
    void shouldTellTheAddressThatTheClientUsed() throws Exception {
        try (LocalBrokers brokers = start((started, node) -> "0.0.0.0:" + started.kafkaPort(node))) {
            createTopic("127.0.0.1:" + brokers.kafkaPort(1));
            for (String host : List.of("127.0.0.1", "127.0.0.2")) {
                Set<String> expected = addresses(brokers, host, brokers::kafkaPort);
                assertIsTold(host + ":" + brokers.kafkaPort(2), expected);
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    assertThat(toldByProduce(host, brokers.kafkaPort(2), partition))
                            .isSubsetOf(expected);
                }
            }
        }
    }

    @Test
    void shouldTellTheAddressesOfTheListenerThatTheClientCameBy() throws Exception {
        try (LocalBrokers brokers = start((started, node) -> inside(started, node) + "," + outside(started, node))) {
            createTopic("127.0.0.2:" + brokers.zooKeeperPort(1));
            assertIsTold(
                    "127.0.0.2:" + brokers.zooKeeperPort(3), addresses(brokers, "127.0.0.2", brokers::zooKeeperPort));
            assertIsTold("127.0.0.1:" + brokers.kafkaPort(3), addresses(brokers, "127.0.0.1", brokers::kafkaPort));
        }
    }

    @Test
    void shouldLeaveOutNodesWithoutTheListenerThatTheClientCameBy() throws Exception {
        try (LocalBrokers brokers =
                start((started, node) -> inside(started, node) + (node == 3 ? "" : "," + outside(started, node)))) {
            String inside = "127.0.0.1:" + brokers.kafkaPort(1);
            String outside = "127.0.0.2:" + brokers.zooKeeperPort(1);
            createTopic(inside);

            // then: three from inside, two from outside, and leaders of theirs alone
            try (Admin admin = admin(inside)) {
                assertThat(admin.describeCluster().nodes().get()).hasSize(3);
            }
            try (Admin admin = admin(outside)) {
                assertThat(addresses(admin.describeCluster().nodes().get()))
                        .containsExactlyInAnyOrder(outside, "127.0.0.2:" + brokers.zooKeeperPort(2));
            }
            try (io.oarlog.client.Admin admin = new io.oarlog.client.Admin(AdminSettings.defaults(outside))) {
                assertThat(admin.describeTopic(TOPIC).partitions())
                        .filteredOn(partition -> !partition.hasLeader())
                        .as("led by node 3")
                        .hasSize(1);
            }
        }
    }

    private static String inside(LocalBrokers brokers, int node) {
        return "inside=127.0.0.1:" + brokers.kafkaPort(node);
    }

    /** No ZooKeeper client is served: its port is free. */
    private static String outside(LocalBrokers brokers, int node) {
        return "outside=127.0.0.2:" + brokers.zooKeeperPort(node);
    }

    private static Set<String> addresses(LocalBrokers brokers, String host, IntUnaryOperator port) {
        return brokers.nodes().stream()
                .map(node -> host + ":" + port.applyAsInt(node))
                .collect(Collectors.toSet());
    }

    /** By every API that tells an address, and by what the client does with them. */
    private static void assertIsTold(String bootstrap, Set<String> expected) throws Exception {
        try (Admin admin = admin(bootstrap)) {
            DescribeClusterResult cluster = admin.describeCluster();
            assertThat(addresses(cluster.nodes().get())).isEqualTo(expected);
            assertThat(addresses(List.of(cluster.controller().get()))).isSubsetOf(expected);
        }
        String group = "readers-" + bootstrap.replace(':', '-');
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new StringSerializer(),
                new StringSerializer())) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                producer.send(new ProducerRecord<>(TOPIC, partition, "k", "v")).get();
            }
            assertThat(addresses(producer.partitionsFor(TOPIC).stream()
                            .map(PartitionInfo::leader)
                            .toList()))
                    .as("led by one node each")
                    .isEqualTo(expected);
        }
        Set<Integer> read = new HashSet<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                        ConsumerConfig.GROUP_ID_CONFIG, group,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            await().atMost(LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.partition()));
                return read.size() == PARTITIONS;
            });
            consumer.commitSync();
        }
        try (Admin admin = admin(bootstrap)) {
            Node coordinator = admin.describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .values()
                    .iterator()
                    .next()
                    .get()
                    .coordinator();
            assertThat(expected).contains(coordinator.host() + ":" + coordinator.port());
        }
    }

    /** Where the leader is for a producer that asks a node that may not be it (KIP-951); nothing when it is. */
    private static Set<String> toldByProduce(String host, int port, int partition) throws IOException {
        short version = 12;
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[] {'v'}));
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) -1).setTimeoutMs(60_000);
        TopicProduceData topic = new TopicProduceData().setName(TOPIC);
        topic.partitionData().add(new PartitionProduceData().setIndex(partition).setRecords(records));
        request.topicData().add(topic);
        RequestHeader header = new RequestHeader(ApiKeys.PRODUCE, version, "test", 1);
        ByteBuffer bytes = RequestUtils.serialize(header.data(), header.headerVersion(), request, version);
        try (Socket socket = new Socket(host, port)) {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(bytes.remaining());
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            ByteBuffer answer = ByteBuffer.wrap(in.readNBytes(in.readInt()));
            ResponseHeader.parse(answer, ApiKeys.PRODUCE.responseHeaderVersion(version));
            ProduceResponseData produced = new ProduceResponseData(new ByteBufferAccessor(answer), version);
            boolean isLed = produced.responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .get(0)
                            .errorCode()
                    == 0;
            assertThat(produced.nodeEndpoints()).hasSize(isLed ? 0 : 1);
            return produced.nodeEndpoints().stream()
                    .map(endpoint -> endpoint.host() + ":" + endpoint.port())
                    .collect(Collectors.toSet());
        }
    }

    private static Admin admin(String bootstrap) {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private static void createTopic(String bootstrap) throws Exception {
        try (Admin admin = admin(bootstrap)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 3)))
                    .all()
                    .get();
            // Preferred leaders take over one after the other: then each node leads one.
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(() -> admin.describeTopics(List.of(TOPIC)).allTopicNames().get().values().stream()
                                    .flatMap(topic -> topic.partitions().stream())
                                    .map(partition -> partition.leader().id())
                                    .distinct()
                                    .count()
                            == PARTITIONS);
        }
    }

    private static Set<String> addresses(Collection<Node> nodes) {
        Set<String> addresses = new HashSet<>();
        nodes.forEach(node -> addresses.add(node.host() + ":" + node.port()));
        return addresses;
    }
}
