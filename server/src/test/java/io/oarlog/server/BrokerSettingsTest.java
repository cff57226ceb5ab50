package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.RetentionPolicy;
import io.oarlog.metadata.zookeeper.ZooKeeperSettings;
import io.oarlog.raft.RaftAddress;
import io.oarlog.raft.RaftSettings;
import io.oarlog.server.api.TopicDefaults;
import io.oarlog.server.group.GroupSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerSettingsTest {
    @Test
    void shouldNeedThreeKeysOnly() {
        // when
        BrokerSettings settings = BrokerSettings.parse(properties(Map.of()));

        // then
        assertThat(settings.nodeId()).isEqualTo(2);
        assertThat(settings.nodes()).hasSize(3).containsEntry(2, new RaftAddress("b", 9192));
        assertThat(settings.dataDirectory()).isEqualTo(Path.of("/data"));
        assertThat(settings.listenerText()).isEqualTo("127.0.0.1:9092");
        assertThat(settings.advertisedText()).isEqualTo("127.0.0.1:9092");
        assertThat(settings.maxMessageBytes()).isEqualTo(1_048_588);
        assertThat(settings.defaultReplicationFactor()).isEqualTo(3);
        assertThat(settings.electionTimeoutMin()).isLessThan(Duration.ofSeconds(1));
        assertThat(settings.diskReserveBytes()).isEqualTo(256 * 1024 * 1024);
        assertThat(settings.topicDefaults()).isEqualTo(TopicDefaults.kafkas());
        assertThat(settings.retentionCheckInterval()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.cleaner()).isEqualTo(new CleanerSettings(true, 134_217_728, Duration.ofSeconds(15)));
        assertThat(settings.groups()).isEqualTo(GroupSettings.defaults(3));
        assertThat(settings.groups().consumerHeartbeatInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.zooKeeper()).isEmpty();
    }

    @Test
    void shouldTakeHowGroupsAreCoordinated() {
        // given
        Map<String, String> given = Map.of(
                "offsets.topic.num.partitions", "3",
                "offsets.retention.minutes", "60",
                "group.min.session.timeout.ms", "100",
                "group.max.session.timeout.ms", "200",
                "group.initial.rebalance.delay.ms", "0",
                "group.consumer.session.timeout.ms", "2000",
                "group.consumer.heartbeat.interval.ms", "300");

        // when
        BrokerSettings settings = BrokerSettings.parse(properties(given));

        // then
        assertThat(settings.groups())
                .isEqualTo(new GroupSettings(
                        3,
                        3,
                        Duration.ofHours(1),
                        Duration.ofMillis(100),
                        Duration.ofMillis(200),
                        Duration.ZERO,
                        Duration.ofSeconds(2),
                        Duration.ofMillis(300)));
        assertThat(settings.describe()).containsAllEntriesOf(given);
    }

    @Test
    void shouldRefuseTimeoutsOfGroupsThatContradictEachOther() {
        assertThatThrownBy(() -> BrokerSettings.parse(properties(Map.of("group.max.session.timeout.ms", "10"))))
                .hasMessageContaining("group.min.session.timeout.ms");
        assertThatThrownBy(() -> BrokerSettings.parse(properties(Map.of("group.consumer.session.timeout.ms", "10"))))
                .hasMessageContaining("group.consumer.heartbeat.interval.ms");
    }

    @Test
    void shouldTakeHowZooKeeperClientsAreServed() {
        // when
        BrokerSettings plain = BrokerSettings.parse(properties(Map.of("zookeeper.listener", "0.0.0.0:2181")));

        // then
        assertThat(plain.zooKeeper()).contains(ZooKeeperSettings.defaults("0.0.0.0", 2181));

        // given
        Map<String, String> given = Map.of(
                "zookeeper.enforce.quota", "true",
                "zookeeper.listener", "127.0.0.1:2182",
                "zookeeper.4lw.commands.whitelist", "*",
                "zookeeper.max.client.connections", "0",
                "zookeeper.min.session.timeout.ms", "100",
                "zookeeper.max.session.timeout.ms", "60000",
                "zookeeper.jute.maxbuffer", "4096");

        // when
        BrokerSettings settings = BrokerSettings.parse(properties(given));

        // then
        assertThat(settings.describe()).containsAllEntriesOf(given);
        assertThat(settings.zooKeeper().orElseThrow().words()).containsExactly("*");
        assertThat(settings.zooKeeper().orElseThrow().maxFrameBytes()).isEqualTo(4096);
        assertThat(settings.zooKeeper().orElseThrow().enforcesQuotas()).isTrue();
    }

    @Test
    void shouldKeepTheDigestOfTheSuperUserToItself() {
        // when
        BrokerSettings settings = BrokerSettings.parse(
                properties(Map.of("zookeeper.listener", "127.0.0.1:2182", "zookeeper.super.digest", "root:hash=")));

        // then
        assertThat(settings.zooKeeper().orElseThrow().superDigest()).contains("root:hash=");
        assertThat(settings.describe()).containsEntry("zookeeper.super.digest", "(hidden)");
        assertThatThrownBy(() -> BrokerSettings.parse(properties(Map.of("zookeeper.super.digest", "secret"))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void shouldTakeAReserveOfAnySize() {
        // when
        BrokerSettings settings = BrokerSettings.parse(properties(Map.of("disk.reserve.bytes", "5000000000")));

        // then
        assertThat(settings.diskReserveBytes()).isEqualTo(5_000_000_000L);
        assertThat(settings.describe()).containsEntry("disk.reserve.bytes", "5000000000");
    }

    @Test
    void shouldTakeHowItCompacts() {
        // given
        Map<String, String> given = Map.of(
                "log.cleaner.enable", "false",
                "log.cleaner.dedupe.buffer.size", "1048576",
                "log.cleaner.backoff.ms", "200");

        // when
        BrokerSettings settings = BrokerSettings.parse(properties(given));

        // then
        assertThat(settings.cleaner()).isEqualTo(new CleanerSettings(false, 1 << 20, Duration.ofMillis(200)));
        assertThat(settings.describe()).containsAllEntriesOf(given);
    }

    @Test
    void shouldTakeHowItLooksAtItsRecords() {
        // given
        Map<String, String> given = Map.of("log.scrub.interval.ms", "-1", "log.scrub.bytes.per.second", "2000000");

        // when
        BrokerSettings settings = BrokerSettings.parse(properties(given));

        // then
        assertThat(settings.scrub()).isEqualTo(new ScrubSettings(Optional.empty(), 2_000_000));
        assertThat(settings.describe()).containsAllEntriesOf(given);
        assertThat(BrokerSettings.parse(properties(Map.of())).scrub()).isEqualTo(ScrubSettings.defaults());
    }

    @Test
    void shouldTakeHowFastReplicasAreCopied() {
        // given
        Map<String, String> given = Map.of("follower.replication.throttled.rate", "5000000");

        // when
        BrokerSettings settings = BrokerSettings.parse(properties(given));

        // then
        assertThat(settings.copyBytesPerSecond()).isEqualTo(5_000_000);
        assertThat(settings.describe()).containsAllEntriesOf(given);
        assertThat(BrokerSettings.parse(properties(Map.of())).copyBytesPerSecond())
                .isEqualTo(RaftSettings.UNLIMITED);
    }

    @Test
    void shouldTakeDefaultsForTopics() {
        // given
        Map<String, String> given = Map.of(
                "log.message.timestamp.type", "LogAppendTime",
                "log.retention.ms", "-1",
                "log.retention.bytes", "50000000000",
                "log.segment.bytes", "1048576",
                "log.roll.ms", "3600000",
                "log.retention.check.interval.ms", "1000");

        // when
        BrokerSettings settings = BrokerSettings.parse(properties(given));

        // then
        assertThat(settings.topicDefaults())
                .isEqualTo(new TopicDefaults(
                        new RetentionPolicy(-1, 50_000_000_000L), 1 << 20, 3_600_000, TimestampType.LOG_APPEND_TIME));
        assertThat(settings.retentionCheckInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.describe()).containsAllEntriesOf(given);
    }

    @ParameterizedTest
    @CsvSource({
        "node.id, 7, not among",
        "node.id, one, whole number",
        "node.id, '', missing",
        "cluster.nodes, 1@a, HOST:PORT",
        "cluster.nodes, a:9192, ID@HOST:PORT",
        "cluster.nodes, '2@a:1,2@b:2', twice",
        "cluster.nodes, '1@a:1,2@a:2,3@a:3,4@a:4,5@a:5,6@a:6,7@a:7,8@a:8,9@a:9,10@a:10', at most 9",
        "data.dir, '', missing",
        "listener, 9092, HOST:PORT",
        "listener, h:99999, 65535",
        "advertised.listener, h:x, HOST[:PORT]",
        "message.max.bytes, 10, 1024..",
        "message.max.bytes, 99999999999, 1024..",
        "message.max.bytes, 99999999999999999999, whole number",
        "disk.reserve.bytes, 0, 1048576..",
        "disk.reserve.bytes, 256m, whole number",
        "follower.replication.throttled.rate, 0, 1024..",
        "log.retention.ms, -2, -1..",
        "log.retention.bytes, 1g, whole number",
        "log.segment.bytes, 1048575, 1048576..2147483647",
        "log.roll.ms, 0, 1..",
        "log.message.timestamp.type, NoTimestampType, CreateTime or LogAppendTime",
        "log.retention.check.interval.ms, 0, 1..",
        "log.cleaner.enable, yes, true or false",
        "log.cleaner.dedupe.buffer.size, 1024, 1048576..",
        "log.cleaner.backoff.ms, 0, 1..",
        "log.scrub.interval.ms, 0, -1 for never",
        "log.scrub.interval.ms, -2, -1..",
        "log.scrub.bytes.per.second, 0, 1024..",
        "zookeeper.listener, 2181, HOST:PORT",
        "zookeeper.max.client.connections, -1, 0..",
        "zookeeper.min.session.timeout.ms, 0, 1..",
        "zookeeper.max.session.timeout.ms, 3999, not be less",
        "zookeeper.jute.maxbuffer, 4194304, 1024..1048575",
        "default.replication.factor, 4, 1..3",
        "num.partitions, 0, 1..",
        "election.timeout.max.ms, 600, more than",
        "listners, h:1, unknown"
    })
    void shouldNameTheKeyThatIsWrong(String key, String value, String reason) {
        assertThatThrownBy(() -> BrokerSettings.parse(properties(Map.of(key, value))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(reason);
    }

    private static Properties properties(Map<String, String> changes) {
        Properties properties = new Properties();
        properties.setProperty("node.id", "2");
        properties.setProperty("cluster.nodes", "1@a:9192,2@b:9192,3@c:9192");
        properties.setProperty("data.dir", "/data");
        properties.putAll(changes);
        return properties;
    }
}
