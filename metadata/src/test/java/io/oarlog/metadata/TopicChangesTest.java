package io.oarlog.metadata;

import static io.oarlog.metadata.TestGroup.NODES;
import static io.oarlog.metadata.TestGroup.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.TestGroup.Fault;
import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import io.oarlog.metadata.TopicOutcome.Unknown;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitions that are added to topics, and configs that are changed, by brokers that may race or hear of nothing. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class TopicChangesTest {
    private TestGroup group;

    @BeforeEach
    void start() {
        group = new TestGroup();
    }

    @AfterEach
    void stop() {
        group.close();
    }

    private Topic stored(int node) {
        get(group.metadata(node).sync());
        return group.metadata(node).topic("orders").orElseThrow();
    }

    private TopicOutcome addPartitions(int node, int partitions) {
        return get(group.metadata(node).addPartitions("orders", partitions, List.of(), false));
    }

    private static Function<Topic, ConfigEdit> setting(String key, String value) {
        return topic -> {
            Map<String, String> configs = new HashMap<>(topic.configs());
            configs.put(key, value);
            return new ConfigEdit.Changed(configs);
        };
    }

    @Test
    void shouldAddPartitionsBehindThoseThatAreThere() {
        // given
        Topic before = group.create(1, "orders", 2);

        // when
        TopicOutcome outcome = addPartitions(2, 5);

        // then
        Topic grown = ((Done) outcome).topic();
        assertThat(grown.id()).isEqualTo(before.id());
        assertThat(grown.replicas().subList(0, 2)).isEqualTo(before.replicas());
        assertThat(grown.replicas())
                .hasSize(5)
                .allSatisfy(replicas ->
                        assertThat(replicas).hasSize(before.replicas().get(0).size()));
        NODES.forEach(node -> assertThat(stored(node)).isEqualTo(grown));
    }

    @Test
    void shouldPlaceAddedPartitionsWhereTheCallerSays() {
        group.create(1, "orders", 1);
        assertThat(get(group.metadata(1)
                        .addPartitions("orders", 3, List.of(List.of(3, 1, 2), List.of(2, 3, 1)), false)))
                .isInstanceOf(Done.class);
        assertThat(stored(1).replicas().subList(1, 3)).containsExactly(List.of(3, 1, 2), List.of(2, 3, 1));
    }

    @Test
    void shouldRefuseFewerPartitionsAndAsManyAndTooMany() {
        group.create(1, "orders", 3);
        for (int partitions : List.of(-1, 0, 2, 3, TopicRules.MAX_PARTITIONS + 1)) {
            assertThat(addPartitions(1, partitions))
                    .isInstanceOfSatisfying(
                            Invalid.class, invalid -> assertThat(invalid.rule()).isEqualTo(Rule.PARTITIONS));
        }
        assertThat(stored(1).partitionCount()).isEqualTo(3);
    }

    @Test
    void shouldRefuseAnAssignmentThatDoesNotFit() {
        group.create(1, "orders", 1);
        for (List<List<Integer>> added : List.of(
                List.of(List.of(1, 2, 3)),
                List.of(List.of(1, 2), List.of(1, 2)),
                List.of(List.of(1, 2, 3), List.of(1, 2, 9)))) {
            assertThat(get(group.metadata(1).addPartitions("orders", 3, added, false)))
                    .isInstanceOfSatisfying(
                            Invalid.class, invalid -> assertThat(invalid.rule()).isEqualTo(Rule.ASSIGNMENT));
        }
    }

    @Test
    void shouldChangeNothingWhenItIsOnlyToBeValidated() {
        Topic topic = group.create(1, "orders", 1);
        assertThat(get(group.metadata(1).addPartitions("orders", 3, List.of(), true)))
                .isInstanceOf(Done.class);
        assertThat(get(group.metadata(1).changeConfigs("orders", setting("retention.ms", "1"), true)))
                .isInstanceOf(Done.class);
        assertThat(stored(1)).isEqualTo(topic);
    }

    @Test
    void shouldSayThatThereIsNoSuchTopic() {
        assertThat(addPartitions(1, 3)).isEqualTo(new Unknown("orders"));
        assertThat(get(group.metadata(1).changeConfigs("orders", setting("a", "b"), false)))
                .isEqualTo(new Unknown("orders"));
    }

    @Test
    void shouldChangeATopicThatAnotherBrokerCreatedAndThisOneHasNotSeenYet() {
        // given
        group.node(2).lag(true);
        group.create(1, "orders", 1);

        // when
        CompletableFuture<TopicOutcome> growth = group.metadata(2).addPartitions("orders", 2, List.of(), false);
        CompletableFuture<TopicOutcome> change =
                group.metadata(2).changeConfigs("orders", setting("retention.ms", "1"), false);
        group.node(2).lag(false);

        // then
        assertThat(get(growth)).isInstanceOf(Done.class);
        assertThat(get(change)).isInstanceOf(Done.class);
        assertThat(stored(1).partitionCount()).isEqualTo(2);
        assertThat(stored(1).configs()).containsExactly(Map.entry("retention.ms", "1"));
    }

    @Test
    void shouldChangeOnceWhenAnswerOrCommandIsLost() {
        int partitions = 1;
        group.create(1, "orders", partitions);
        for (Fault fault : Fault.values()) {
            partitions += 2;
            group.node(2).faults.add(fault);
            assertThat(addPartitions(2, partitions)).as("%s", fault).isInstanceOf(Done.class);
            group.node(2).faults.add(fault);
            assertThat(get(group.metadata(2).changeConfigs("orders", setting("k", fault.name()), false)))
                    .as("%s", fault)
                    .isInstanceOf(Done.class);
            assertThat(stored(1).partitionCount()).isEqualTo(partitions);
            assertThat(stored(1).configs()).containsEntry("k", fault.name());
        }
    }

    @Test
    void shouldLoseNoneOfTheChangesThatAreMadeAtTheSameTime() {
        // given
        group.create(1, "orders", 1);
        List<CompletableFuture<TopicOutcome>> changes = new ArrayList<>();

        // when
        for (int i = 0; i < 30; i++) {
            int node = 1 + i % NODES.size();
            changes.add(group.metadata(node).changeConfigs("orders", setting("key-" + i, "v"), false));
        }

        // then
        changes.forEach(change -> assertThat(get(change)).isInstanceOf(Done.class));
        assertThat(stored(1).configs()).hasSize(30);
    }

    @Test
    void shouldLetOneOfTwoGrowthsWin() {
        group.create(1, "orders", 1);
        CompletableFuture<TopicOutcome> first = group.metadata(1).addPartitions("orders", 4, List.of(), false);
        CompletableFuture<TopicOutcome> second = group.metadata(2).addPartitions("orders", 6, List.of(), false);
        List<TopicOutcome> outcomes = List.of(get(first), get(second));
        List<Topic> done = outcomes.stream()
                .filter(Done.class::isInstance)
                .map(outcome -> ((Done) outcome).topic())
                .toList();
        assertThat(done).isNotEmpty();
        assertThat(done).contains(stored(3));
    }

    /** By node 2, which has not seen the change when it is asked. */
    private TopicOutcome addPartitionsBehind(Runnable change, int partitions, List<List<Integer>> added) {
        group.node(2).lag(true);
        change.run();
        CompletableFuture<TopicOutcome> growth = group.metadata(2).addPartitions("orders", partitions, added, false);
        group.node(2).lag(false);
        return get(growth);
    }

    @Test
    void shouldLeaveTheGrowthOfAnotherAsItIs() {
        group.create(1, "orders", 1);
        List<Topic> others = new ArrayList<>();
        TopicOutcome outcome =
                addPartitionsBehind(() -> others.add(((Done) addPartitions(1, 4)).topic()), 6, List.of());
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Invalid.class, invalid -> assertThat(invalid.rule()).isEqualTo(Rule.PARTITIONS));
        assertThat(others).containsExactly(stored(2));
    }

    @Test
    void shouldTakeTheSameGrowthOfAnotherForItsOwn() {
        group.create(1, "orders", 1);
        List<List<Integer>> added = List.of(List.of(3, 1, 2), List.of(2, 3, 1));
        TopicOutcome outcome =
                addPartitionsBehind(() -> get(group.metadata(1).addPartitions("orders", 3, added, false)), 3, added);
        assertThat(outcome).isEqualTo(new Done(stored(1)));
        assertThat(stored(1).replicas().subList(1, 3)).isEqualTo(added);
    }

    @Test
    void shouldNotChangeALaterTopicOfTheSameName() {
        group.create(1, "orders", 1);
        List<Topic> later = new ArrayList<>();
        TopicOutcome outcome = addPartitionsBehind(
                () -> {
                    get(group.metadata(1).deleteTopic("orders"));
                    later.add(group.create(1, "orders", 1));
                },
                3,
                List.of());
        assertThat(outcome).isEqualTo(new Unknown("orders"));
        assertThat(later).containsExactly(stored(2));
    }

    @Test
    void shouldKeepConfigsWhenTheEditIsRefused() {
        Topic topic = group.create(1, "orders", 1);
        assertThat(get(group.metadata(1).changeConfigs("orders", t -> new ConfigEdit.Refused("no"), false)))
                .isEqualTo(new Invalid(Rule.CONFIG, "no"));
        assertThat(get(group.metadata(1).changeConfigs("orders", setting("k", "x".repeat(200_000)), false)))
                .isInstanceOf(Invalid.class);
        assertThat(stored(1)).isEqualTo(topic);
    }
}
