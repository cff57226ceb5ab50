package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionTrigger;
import io.oarlog.log.RetentionPolicy;
import io.oarlog.metadata.ReplicaMove;
import io.oarlog.metadata.Topic;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicSettingsTest {
    private static final int MAJORITY_OF_THREE = 2;

    private final TopicSettings settings = new TopicSettings(1_000_000, TopicDefaults.kafkas());

    @ParameterizedTest
    @CsvSource({
        "cleanup.policy, delete",
        "cleanup.policy, compact",
        "cleanup.policy, 'compact,delete'",
        "cleanup.policy, 'delete, compact'",
        "min.compaction.lag.ms, 0",
        "max.compaction.lag.ms, 1",
        "delete.retention.ms, 0",
        "min.cleanable.dirty.ratio, 0",
        "min.cleanable.dirty.ratio, 0.75",
        "min.cleanable.dirty.ratio, 1",
        "retention.ms, -1",
        "retention.ms, 0",
        "retention.ms, 9223372036854775807",
        "retention.bytes, -1",
        "retention.bytes, 50000000000",
        "segment.bytes, 1048576",
        "segment.bytes, 2147483647",
        "segment.ms, 1",
        "message.timestamp.type, CreateTime",
        "message.timestamp.type, LogAppendTime",
        "max.message.bytes, 1024",
        "max.message.bytes, 1000000",
        "min.insync.replicas, 1",
        "min.insync.replicas, 2"
    })
    void shouldTakeWhatItKeeps(String name, String value) {
        assertThat(settings.problem(Map.of(name, value), MAJORITY_OF_THREE)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "cleanup.policy, truncate, 'one or more of delete, compact'",
        "cleanup.policy, '', 'one or more of delete, compact'",
        "cleanup.policy, 'compact,', 'one or more of delete, compact'",
        "cleanup.policy, 'delete,delete', each once",
        "min.compaction.lag.ms, -1, 0..",
        "max.compaction.lag.ms, 0, 1..",
        "delete.retention.ms, 1d, whole number",
        "min.cleanable.dirty.ratio, 1.1, 0..1",
        "min.cleanable.dirty.ratio, NaN, 0..1",
        "min.cleanable.dirty.ratio, half, 0..1",
        "retention.ms, -2, -1..",
        "retention.bytes, 1g, whole number",
        "segment.bytes, 1048575, 1048576..2147483647",
        "segment.bytes, 2147483648, 1048576..2147483647",
        "segment.ms, 0, 1..",
        "message.timestamp.type, Noon, only CreateTime or LogAppendTime",
        "max.message.bytes, 1000001, 1024..1000000",
        "max.message.bytes, much, whole number",
        "min.insync.replicas, 3, 1..2",
        "retention.hours, 3, not supported"
    })
    void shouldRefuseWhatItWouldNotKeepAndNameIt(String name, String value, String reason) {
        assertThat(settings.problem(Map.of(name, value), MAJORITY_OF_THREE))
                .hasValueSatisfying(
                        problem -> assertThat(problem).contains(name).contains(reason));
    }

    @Test
    void shouldTellWhatHoldsForATopic() {
        // given
        Topic own = topic(Map.of(
                "retention.ms", "1000",
                "retention.bytes", "50000000000",
                "segment.bytes", "2000000",
                "segment.ms", "60000",
                "message.timestamp.type", "CreateTime"));
        TopicSettings brokers = new TopicSettings(
                1_000_000,
                new TopicDefaults(
                        new RetentionPolicy(5_000, 6_000_000_000L), 3_000_000, 7_000, TimestampType.LOG_APPEND_TIME));

        // then
        assertThat(brokers.retention(own)).isEqualTo(new RetentionPolicy(1_000, 50_000_000_000L));
        assertThat(brokers.segmentBytes(own)).isEqualTo(2_000_000);
        assertThat(brokers.segmentMillis(own)).isEqualTo(60_000);
        assertThat(brokers.isLogAppendTime(own)).isFalse();
        assertThat(brokers.retention(topic(Map.of()))).isEqualTo(new RetentionPolicy(5_000, 6_000_000_000L));
        assertThat(brokers.segmentBytes(topic(Map.of()))).isEqualTo(3_000_000);
        assertThat(brokers.segmentMillis(topic(Map.of()))).isEqualTo(7_000);
        assertThat(brokers.isLogAppendTime(topic(Map.of()))).isTrue();
    }

    @Test
    void shouldTellHowATopicIsCleaned() {
        // given
        Topic compacted = topic(Map.of(
                "cleanup.policy", "compact",
                "min.compaction.lag.ms", "7",
                "delete.retention.ms", "9",
                "min.cleanable.dirty.ratio", "0.25",
                "max.compaction.lag.ms", "60000"));
        Topic both = topic(Map.of("cleanup.policy", "delete, compact"));
        Topic plain = topic(Map.of());

        // then
        assertThat(settings.isCompacted(compacted)).isTrue();
        assertThat(settings.isDeleted(compacted)).isFalse();
        assertThat(settings.compaction(compacted, 4_096)).isEqualTo(new CompactionPolicy(7, 9, 4_096));
        assertThat(settings.compactionTrigger(compacted)).isEqualTo(new CompactionTrigger(0.25, 60_000));
        assertThat(settings.segmentMillis(compacted)).isEqualTo(60_000);
        assertThat(settings.isCompacted(both)).isTrue();
        assertThat(settings.isDeleted(both)).isTrue();
        assertThat(settings.isCompacted(plain)).isFalse();
        assertThat(settings.isDeleted(plain)).isTrue();
        assertThat(settings.compaction(both, 4_096)).isEqualTo(new CompactionPolicy(0, 86_400_000, 4_096));
        assertThat(settings.compactionTrigger(both)).isEqualTo(new CompactionTrigger(0.5, Long.MAX_VALUE));
        assertThat(settings.segmentMillis(both)).isEqualTo(604_800_000);
        assertThat(settings.segmentMillis(topic(Map.of("max.compaction.lag.ms", "60000"))))
                .as("not compacted")
                .isEqualTo(604_800_000);
    }

    @Test
    void shouldRefuseToCompactLaterThanAtTheLatest() {
        assertThat(settings.problem(
                        Map.of("min.compaction.lag.ms", "11", "max.compaction.lag.ms", "10"), MAJORITY_OF_THREE))
                .contains("min.compaction.lag.ms=11: must not be more than max.compaction.lag.ms=10");
        assertThat(settings.problem(
                        Map.of("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "10"), MAJORITY_OF_THREE))
                .isEmpty();
    }

    @Test
    void shouldDescribeWhatIsGivenAndWhatHoldsOtherwise() {
        // when
        List<TopicSettings.Described> described = settings.describe(topic(Map.of("retention.ms", "1000")));

        // then
        assertThat(described)
                .contains(
                        new TopicSettings.Described("retention.ms", "1000", "1000", "604800000", ConfigDef.Type.LONG),
                        new TopicSettings.Described("retention.bytes", "-1", null, "-1", ConfigDef.Type.LONG),
                        new TopicSettings.Described("cleanup.policy", "delete", null, "delete", ConfigDef.Type.LIST),
                        new TopicSettings.Described(
                                "min.cleanable.dirty.ratio", "0.5", null, "0.5", ConfigDef.Type.DOUBLE),
                        new TopicSettings.Described(
                                "segment.bytes", "1073741824", null, "1073741824", ConfigDef.Type.INT),
                        new TopicSettings.Described("segment.ms", "604800000", null, "604800000", ConfigDef.Type.LONG));
    }

    @Test
    void shouldDescribeTheMajorityThatIsWaitedForWhateverWasAskedFor() {
        // given
        Topic topic = new Topic(UUID.randomUUID(), "t", List.of(List.of(1, 2, 3)), Map.of("min.insync.replicas", "1"));

        // when
        List<TopicSettings.Described> described = settings.describe(topic);

        // then
        assertThat(described)
                .filteredOn(s -> s.name().equals("min.insync.replicas"))
                .singleElement()
                .satisfies(s -> assertThat(s.value()).isEqualTo("2"));
    }

    @Test
    void shouldDescribeTheMajorityOfTheReplicasThatAMoveLeadsTo() {
        // given
        Topic topic = new Topic(
                UUID.randomUUID(),
                "t",
                List.of(List.of(4, 5, 6, 1, 2, 3)),
                Map.of(),
                Map.of(0, new ReplicaMove(List.of(4, 5, 6), List.of(1, 2, 3))));

        // when, then
        assertThat(settings.describe(topic))
                .filteredOn(s -> s.name().equals("min.insync.replicas"))
                .singleElement()
                .satisfies(s -> assertThat(s.value()).isEqualTo("2"));
    }

    @Test
    void shouldBoundBatchesByTheTopicAndTheBroker() {
        assertThat(settings.maxMessageBytes(topic(Map.of()))).isEqualTo(1_000_000);
        assertThat(settings.maxMessageBytes(topic(Map.of("max.message.bytes", "5000"))))
                .isEqualTo(5_000);
        // A topic made when the broker allowed more.
        assertThat(settings.maxMessageBytes(topic(Map.of("max.message.bytes", "9000000"))))
                .isEqualTo(1_000_000);
    }

    private static Topic topic(Map<String, String> configs) {
        return new Topic(UUID.randomUUID(), "t", List.of(List.of(1)), configs);
    }
}
