package io.oarlog.metadata;

import static io.oarlog.metadata.TestGroup.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 10,000 partitions, the longest name: each change of them has to fit into one Raft entry. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LargestTopicTest {
    private static final String NAME = "n".repeat(249);
    private static final int PARTITIONS = 10_000;

    private final TestGroup group = new TestGroup();

    @AfterEach
    void stop() {
        group.close();
    }

    @Test
    void shouldCreatePublishAndDelete() {
        // given
        Topic topic = group.create(1, NAME, PARTITIONS);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            group.metadata(1)
                    .publishLeader(topic.id(), partition, new PublishedLeader(1, Integer.MAX_VALUE, List.of(1)));
        }
        await().atMost(TestGroup.LIMIT)
                .until(() -> group.metadata(1)
                        .publishedLeader(topic.id(), PARTITIONS - 1)
                        .isPresent());

        // when
        TopicOutcome outcome = get(group.metadata(1).deleteTopic(NAME));

        // then
        assertThat(outcome).isEqualTo(new Done(topic));
        assertThat(group.node(1).machine.tree().children("/brokers/topics")).isEmpty();
    }

    @Test
    void shouldFitWithTheLargestNodeIds() {
        // given
        List<List<Integer>> replicas = new ArrayList<>();
        List<Integer> nodes = List.of(2147483647, 2147483646, 2147483645, 2147483644, 2147483643);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            replicas.add(nodes);
        }
        TopicWrites writes = writes(nodes);

        // when
        TopicOutcome outcome = get(writes.createWithAssignment(NAME, replicas, Map.of(), true));

        // then
        assertThat(outcome).isInstanceOf(Done.class);
    }

    @Test
    void shouldRefuseConfigsThatDoNotFit() {
        // when
        TopicOutcome outcome =
                get(group.metadata(1).createTopic(NAME, 1, 1, Map.of("key", "v".repeat(200_000)), false));

        // then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Invalid.class, invalid -> assertThat(invalid.rule()).isEqualTo(Rule.CONFIG));
    }

    private TopicWrites writes(List<Integer> nodes) {
        MetadataSettings settings = new MetadataSettings(
                new BrokerRegistration(nodes.get(0), "h", 1), "1", 1, 1, SessionSettings.defaults());
        MetadataStateMachine machine = group.node(1).machine;
        CommandStream stream =
                new CommandStream(9, group.node(1), machine, () -> 0, new Random(9), TestGroup.noDelay());
        CommandSubmitter submitter = new CommandSubmitter(stream, group.node(1), Runnable::run);
        TreeSet<Integer> sorted = new TreeSet<>(nodes);
        return new TopicWrites(
                settings,
                machine,
                new TreeWriter(submitter),
                submitter,
                new TopicRules(() -> sorted),
                new Placement(() -> sorted, new Random(1)),
                new Random(1));
    }
}
