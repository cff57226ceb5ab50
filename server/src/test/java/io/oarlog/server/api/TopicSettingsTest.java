package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.Topic;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicSettingsTest {
    private static final int MAJORITY_OF_THREE = 2;

    private final TopicSettings settings = new TopicSettings(1_000_000);

    @ParameterizedTest
    @CsvSource({
        "cleanup.policy, delete",
        "retention.ms, -1",
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
        "cleanup.policy, compact, only delete",
        "retention.ms, 1000, only -1",
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
