package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own Admin client, at three brokers that create topics on demand. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AdminIT {
    @TempDir
    static Path directory;

    private static LocalCluster cluster;
    private static Admin admin;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(directory, Map.of("auto.create.topics.enable", "true"));
        admin = cluster.admin();
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private static <K, V> V of(Map<K, V> answers, K asked) {
        return Objects.requireNonNull(answers.get(asked));
    }

    private static TopicDescription described(String topic) throws Exception {
        return of(get(admin.describeTopics(List.of(topic)).allTopicNames()), topic);
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ProducerConfig.METADATA_MAX_AGE_CONFIG,
                        "500"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private static KafkaFuture<Void> alter(String topic, String key, String value, AlterConfigOp.OpType type) {
        return admin.incrementalAlterConfigs(
                        Map.of(topic(topic), List.of(new AlterConfigOp(new ConfigEntry(key, value), type))))
                .all();
    }

    /** Any broker may be asked, also one that has not heard of the change yet. */
    private static void awaitConfig(String topic, String key, String value, ConfigEntry.ConfigSource source) {
        await().atMost(LocalCluster.LIMIT).untilAsserted(() -> {
            ConfigEntry found = config(topic, key);
            assertThat(found.value()).isEqualTo(value);
            assertThat(found.source()).isEqualTo(source);
        });
    }

    private static ConfigEntry config(String topic, String key) throws Exception {
        return of(get(admin.describeConfigs(List.of(topic(topic))).all()), topic(topic))
                .get(key);
    }

    @Test
    void shouldServePartitionsThatWereAdded() throws Exception {
        // given
        cluster.createTopic("grown", 1);
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            get(producer.send(new ProducerRecord<>("grown", 0, null, new byte[10])));

            // when
            get(admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(4)))
                    .all());

            // then: as soon as they have leaders, which the producer waits for
            for (int partition = 0; partition < 4; partition++) {
                RecordMetadata stored =
                        get(producer.send(new ProducerRecord<>("grown", partition, null, new byte[10])));
                assertThat(stored.offset()).isEqualTo(partition == 0 ? 1 : 0);
            }
        }
        await().atMost(LocalCluster.LIMIT)
                .untilAsserted(() -> assertThat(described("grown").partitions())
                        .hasSize(4)
                        .allMatch(p -> p.replicas().size() == 3));
    }

    @Test
    void shouldSayThatPartitionsAreNotRemoved() throws Exception {
        cluster.createTopic("shrunk", 3);
        assertThatThrownBy(() -> get(admin.createPartitions(Map.of("shrunk", NewPartitions.increaseTo(2)))
                        .all()))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(InvalidPartitionsException.class)
                .hasMessageContaining("has 3 partitions, which cannot become 2");
    }

    @Test
    void shouldSayWhichResourceIsShortForATopicThatIsTooLarge() {
        assertThatThrownBy(() -> get(admin.createTopics(List.of(new NewTopic("huge", 9_999, (short) 3)))
                        .all()))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(PolicyViolationException.class)
                .hasMessageMatching("node \\d would have \\d+ replicas and can host \\d+: it is short of .*;"
                        + " the cluster has room for \\d+ more partitions with 3 replicas; .*");
    }

    @Test
    void shouldChangeSettingsOfATopicWhileItIsWrittenTo() throws Exception {
        // given: one segment, whatever is written
        cluster.createTopic("changed", 1);
        ConfigEntry before = config("changed", "segment.bytes");
        assertThat(before.source()).isEqualTo(ConfigEntry.ConfigSource.DEFAULT_CONFIG);
        assertThat(before.isReadOnly()).isFalse();
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            get(producer.send(new ProducerRecord<>("changed", new byte[600_000])));
            get(producer.send(new ProducerRecord<>("changed", new byte[600_000])));
            assertThat(segments("changed")).hasSize(3);

            // when
            get(alter("changed", "segment.bytes", "1048576", AlterConfigOp.OpType.SET));

            // then: what is written from now on begins new ones, at every replica
            awaitConfig("changed", "segment.bytes", "1048576", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
            await().atMost(LocalCluster.LIMIT).until(() -> {
                get(producer.send(new ProducerRecord<>("changed", new byte[600_000])));
                return segments("changed").size() >= 6;
            });
        }

        // when
        get(alter("changed", "segment.bytes", "", AlterConfigOp.OpType.DELETE));

        // then
        awaitConfig("changed", "segment.bytes", before.value(), before.source());
    }

    /** Of all replicas. */
    private static List<Path> segments(String topic) throws IOException {
        List<Path> found = new ArrayList<>();
        for (int node = 1; node <= 3; node++) {
            try (Stream<Path> files =
                    Files.walk(cluster.dataDirectory(node).resolve("log").resolve(topic))) {
                files.filter(file -> file.toString().endsWith(".log")).forEach(found::add);
            }
        }
        return found;
    }

    @Test
    void shouldAppendToAndSubtractFromLists() throws Exception {
        cluster.createTopic("listed", 1);
        get(alter("listed", "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND));
        awaitConfig("listed", "cleanup.policy", "delete,compact", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        get(alter("listed", "cleanup.policy", "delete", AlterConfigOp.OpType.SUBTRACT));
        awaitConfig("listed", "cleanup.policy", "compact", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
    }

    @Test
    void shouldRefuseSettingsThatCannotBe() throws Exception {
        cluster.createTopic("kept", 1);
        assertThatThrownBy(() -> get(alter("kept", "retention.ms", "soon", AlterConfigOp.OpType.SET)))
                .cause()
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("retention.ms=soon: must be a whole number");
        assertThatThrownBy(() -> get(alter("kept", "flush.messages", "1", AlterConfigOp.OpType.SET)))
                .cause()
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("flush.messages: not supported");
        assertThatThrownBy(() -> get(alter("absent", "retention.ms", "1", AlterConfigOp.OpType.SET)))
                .cause()
                .isInstanceOf(UnknownTopicOrPartitionException.class);
        assertThatThrownBy(() -> get(admin.incrementalAlterConfigs(Map.of(
                                new ConfigResource(ConfigResource.Type.BROKER, "1"),
                                List.of(new AlterConfigOp(
                                        new ConfigEntry("log.retention.ms", "1"), AlterConfigOp.OpType.SET))))
                        .all()))
                .cause()
                .isInstanceOf(InvalidRequestException.class);
        assertThat(config("kept", "retention.ms").source()).isEqualTo(ConfigEntry.ConfigSource.DEFAULT_CONFIG);
    }

    @Test
    void shouldTellTheSizeOfReplicas() throws Exception {
        // given
        cluster.createTopic("sized", 1);
        TopicPartition partition = new TopicPartition("sized", 0);
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            get(producer.send(new ProducerRecord<>("sized", 0, null, new byte[100_000])));
        }

        // then: followers have it a little later
        await().atMost(LocalCluster.LIMIT).untilAsserted(() -> {
            Map<Integer, Map<String, LogDirDescription>> nodes =
                    get(admin.describeLogDirs(List.of(1, 2, 3)).allDescriptions());
            assertThat(nodes).hasSize(3);
            for (Map<String, LogDirDescription> directories : nodes.values()) {
                LogDirDescription only = directories.values().iterator().next();
                assertThat(only.error()).isNull();
                assertThat(only.totalBytes().getAsLong())
                        .isGreaterThan(only.usableBytes().getAsLong());
                assertThat(of(only.replicaInfos(), partition).size()).isBetween(100_000L, 101_000L);
            }
        });
    }

    @Test
    void shouldDescribeIdempotentProducers() throws Exception {
        cluster.createTopic("produced", 1);
        TopicPartition partition = new TopicPartition("produced", 0);
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int i = 0; i < 3; i++) {
                get(producer.send(new ProducerRecord<>("produced", new byte[10])));
            }
        }
        List<ProducerState> producers = of(
                        get(admin.describeProducers(List.of(partition)).all()), partition)
                .activeProducers();
        assertThat(producers).hasSize(1);
        assertThat(producers.get(0).lastSequence()).isEqualTo(2);
        assertThat(producers.get(0).currentTransactionStartOffset()).isEmpty();
    }

    @Test
    void shouldFindTheNewestRecord() throws Exception {
        cluster.createTopic("dated", 1);
        TopicPartition partition = new TopicPartition("dated", 0);
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (long timestamp : List.of(1_000L, 9_000L, 5_000L)) {
                get(producer.send(new ProducerRecord<>("dated", 0, timestamp, null, new byte[10])));
            }
        }
        var found = get(
                admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).partitionResult(partition));
        assertThat(found.offset()).isEqualTo(1);
        assertThat(found.timestamp()).isEqualTo(9_000);
    }

    @Test
    void shouldGiveAPartitionItsPreferredLeader() throws Exception {
        // given: another leader, and the preferred one back
        cluster.createTopic("led", 1);
        TopicPartition partition = new TopicPartition("led", 0);
        int preferred = preferredLeader("led");
        cluster.stop(preferred);
        await().atMost(LocalCluster.LIMIT).until(() -> cluster.leader("led", 0) != preferred);
        cluster.start(preferred);
        cluster.awaitBrokers(3);

        // when: Raft may be faster
        await().atMost(LocalCluster.LIMIT).until(() -> {
            Optional<Throwable> outcome = of(
                    get(admin.electLeaders(ElectionType.PREFERRED, Set.of(partition))
                            .partitions()),
                    partition);
            return outcome.isEmpty() || outcome.get() instanceof ElectionNotNeededException;
        });

        // then
        await().atMost(LocalCluster.LIMIT).until(() -> cluster.leader("led", 0) == preferred);
        assertThatThrownBy(() -> get(admin.electLeaders(ElectionType.UNCLEAN, Set.of(new TopicPartition("led", 0)))
                        .all()))
                .cause()
                .isInstanceOf(ElectionNotNeededException.class);
    }

    private static int preferredLeader(String topic) throws Exception {
        return described(topic).partitions().get(0).replicas().get(0).id();
    }

    @Test
    void shouldCreateATopicThatAProducerAsksFor() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            assertThat(get(producer.send(new ProducerRecord<>("on-demand", new byte[10])))
                            .offset())
                    .isZero();
            assertThatThrownBy(() -> get(producer.send(new ProducerRecord<>("no such name", new byte[10]))))
                    .cause()
                    .isInstanceOf(InvalidTopicException.class);
        }
        await().atMost(LocalCluster.LIMIT)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(described("on-demand").partitions()).hasSize(1));
    }

    @Test
    void shouldNotCreateATopicThatIsOnlyAskedAbout() throws Exception {
        assertThatThrownBy(() -> get(admin.describeTopics(List.of("only-asked")).allTopicNames()))
                .cause()
                .isInstanceOf(UnknownTopicOrPartitionException.class);
        assertThat(get(admin.listTopics().names())).doesNotContain("only-asked");
    }
}
