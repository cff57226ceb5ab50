package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicRulesTest {
    private final TopicRules rules = new TopicRules(() -> new TreeSet<>(List.of(1, 2, 3)));

    @ParameterizedTest
    @ValueSource(strings = {"a", "A-z_0.9", "...", "__consumer_offsets"})
    void shouldTakeNamesThatKafkaTakes(String name) {
        assertThat(rules.checkName(name)).isEmpty();
        assertThat(rules.checkName(name.substring(0, 1).repeat(249))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "a:b", "\u00e4", "a\n"})
    void shouldRefuseNamesThatKafkaRefuses(String name) {
        assertThat(rules.checkName(name).map(Invalid::rule)).contains(Rule.NAME);
    }

    @Test
    void shouldRefuseANameThatIsTooLong() {
        assertThat(rules.checkName("a".repeat(250)).map(Invalid::reason))
                .contains("the topic name has 250 characters; at most 249 are allowed");
    }

    @Test
    void shouldRefuseANameThatCollidesInDotAndUnderscore() {
        // given
        Topic existing = new Topic(new UUID(0, 1), "a.b_c", List.of(List.of(1)), Map.of());

        // when
        Optional<Invalid> collision = rules.checkCollision("a_b.c", List.of(existing));

        // then
        assertThat(collision.map(Invalid::reason))
                .contains("topic name 'a_b.c' differs from the existing topic 'a.b_c' in '.' and '_' only;"
                        + " choose another name");
        assertThat(rules.checkCollision("a-b-c", List.of(existing))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0,1,PARTITIONS",
        "-2,1,PARTITIONS",
        "10001,1,PARTITIONS",
        "1,0,REPLICATION_FACTOR",
        "1,4,REPLICATION_FACTOR",
        "1,-2,REPLICATION_FACTOR"
    })
    void shouldRefuseCountsOutOfRange(int partitions, int replicationFactor, Rule rule) {
        assertThat(rules.checkCounts(partitions, replicationFactor).map(Invalid::rule))
                .contains(rule);
    }

    @Test
    void shouldTakeCountsInRange() {
        assertThat(rules.checkCounts(1, 1)).isEmpty();
        assertThat(rules.checkCounts(10_000, 3)).isEmpty();
    }

    @Test
    void shouldRefuseAssignmentsThatCannotBe() {
        for (List<List<Integer>> assignment : List.of(
                List.<List<Integer>>of(),
                List.of(List.<Integer>of()),
                List.of(List.of(1, 1)),
                List.of(List.of(1, 4)),
                List.of(List.of(1, 2), List.of(3)),
                Collections.nCopies(10_001, List.of(1)))) {
            assertThat(rules.checkAssignment(assignment).map(Invalid::rule))
                    .as("%.40s", assignment)
                    .contains(Rule.ASSIGNMENT);
        }
        assertThat(rules.checkAssignment(List.of(List.of(1, 2), List.of(3, 1)))).isEmpty();
    }

    @Test
    void shouldHoldNewPartitionsAgainstTheFirstWhateverTheOthersHave() {
        // given: partition 1 was given another number of replicas, partition 0 is about to
        Map<Integer, ReplicaMove> moves = Map.of(0, new ReplicaMove(List.of(), List.of(3)));
        Topic topic = new Topic(new UUID(0, 1), "orders", List.of(List.of(1, 2, 3), List.of(1, 2, 3)), Map.of(), moves);

        // when, then
        assertThat(rules.checkAddedAssignment(topic, 3, List.of(List.of(2, 3)))).isEmpty();
        assertThat(rules.checkAddedAssignment(topic, 3, List.of(List.of(2, 3, 1)))
                        .map(Invalid::reason))
                .contains("partition 2 has 3 replicas and partition 0 has 2; all must have the same number");
    }
}
