package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups against SIGKILL of the node that coordinates them, with the unmodified Kafka clients and real processes. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class GroupKillIT {
    private static final String TOPIC = "numbers";
    private static final String GROUP = "killed";
    private static final int PARTITIONS = 4;
    private static final int KILLS = 3;
    /** The promise is for a machine that does nothing else. */
    private static final Duration LONGEST_WITHOUT_OWNER =
            Duration.ofSeconds(Integer.getInteger("oarlog.group.gap.seconds", 5));

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void shouldNeitherLoseCommitsNorOwnersWhenTheCoordinatorIsKilled(String protocol) throws Exception {
        Map<String, String> settings = Map.of(
                "group.initial.rebalance.delay.ms", "0",
                "group.consumer.heartbeat.interval.ms", "500");
        try (TestCluster cluster = TestCluster.start(directory, settings)) {
            // given: two members that commit what they read, all the time
            ConcurrentMap<TopicPartition, Long> acknowledged = new ConcurrentHashMap<>();
            cluster.createTopic(TOPIC, PARTITIONS);
            cluster.awaitLeader(TOPIC, -1);
            try (NumberSender sender = new NumberSender(cluster.bootstrap(), GroupKillIT::numbered);
                    CommittingMember first = member(cluster, protocol, acknowledged);
                    CommittingMember second = member(cluster, protocol, acknowledged);
                    org.apache.kafka.clients.admin.Admin admin = org.apache.kafka.clients.admin.Admin.create(
                            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()))) {
                List<CommittingMember> members = List.of(first, second);
                OwnershipWatch watch = new OwnershipWatch(members, PARTITIONS);
                watch.awaitAllOwned(TestCluster.LIMIT);

                // when
                for (int kill = 0; kill < KILLS; kill++) {
                    CommittingMember.awaitCommits(members, 20);
                    int coordinator = cluster.coordinator(GROUP);
                    cluster.kill(coordinator);
                    CommittingMember.awaitCommits(members, 20);
                    cluster.start(coordinator);
                    cluster.awaitReady();
                }
                watch.stop();
                sender.stop();

                // then
                assertThat(first.failure()).isEmpty();
                assertThat(second.failure()).isEmpty();
                assertThat(watch.longestGap()).isLessThan(LONGEST_WITHOUT_OWNER);
                await().atMost(TestCluster.LIMIT).ignoreExceptions().untilAsserted(() -> {
                    Map<TopicPartition, Long> stored = committed(admin);
                    assertThat(stored.keySet()).containsAll(acknowledged.keySet());
                    acknowledged.forEach((partition, offset) ->
                            assertThat(stored.getOrDefault(partition, -1L)).isGreaterThanOrEqualTo(offset));
                });
            }
        }
    }

    private static CommittingMember member(
            TestCluster cluster, String protocol, ConcurrentMap<TopicPartition, Long> acknowledged) {
        return new CommittingMember(
                cluster.bootstrap(),
                Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol),
                GROUP,
                TOPIC,
                acknowledged);
    }

    private static Map<TopicPartition, Long> committed(org.apache.kafka.clients.admin.Admin admin) throws Exception {
        Map<TopicPartition, Long> committed = new HashMap<>();
        admin.listConsumerGroupOffsets(GROUP)
                .partitionsToOffsetAndMetadata(GROUP)
                .get()
                .forEach((partition, offset) -> committed.put(partition, offset.offset()));
        return committed;
    }

    private static ProducerRecord<Integer, byte[]> numbered(int number) {
        return new ProducerRecord<>(TOPIC, number % PARTITIONS, null, new byte[Integer.BYTES]);
    }
}
