package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which nodes may come in the place of one that was there, see {@link ClusterZnodes#refusal}. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ClusterZnodesTest {
    private static final String NEW_NAME = "2.0123456789abcdef";

    private TestGroup group;

    @BeforeEach
    void start() {
        group = new TestGroup();
    }

    @AfterEach
    void stop() {
        group.close();
    }

    private Optional<String> refusal(int node, String name, String formerName) {
        return group.node(1).machine.refusal(node, name, Optional.of(formerName).filter(former -> !former.isEmpty()));
    }

    /** Its session ends. */
    private void lose(int node) {
        group.crash(node);
        await().atMost(TestGroup.LIMIT).until(() -> {
            group.advance(Duration.ofMillis(500));
            return group.metadata(1).brokers().stream().noneMatch(broker -> broker.id() == node);
        });
    }

    @Test
    void shouldTakeInWhomNobodyKnowsAndWhoIsKnownByThisName() {
        assertThat(refusal(9, "9.0123456789abcdef", "")).isEmpty();
        assertThat(refusal(2, "2", "")).isEmpty();
    }

    @Test
    void shouldTakeInAnotherNameOfTheSameDisk() {
        assertThat(refusal(2, NEW_NAME, "2")).isEmpty();
        assertThat(refusal(2, NEW_NAME, "2.fedcba9876543210")).isPresent();
    }

    @Test
    void shouldRefuseASecondNodeOfTheSameId() {
        assertThat(refusal(2, NEW_NAME, ""))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("node 2 runs already, with another disk"));
    }

    @Test
    void shouldRefuseAnEmptyDiskUntilTheOneBeforeIsGivenUp() {
        // given
        lose(2);
        assertThat(refusal(2, NEW_NAME, ""))
                .hasValueSatisfying(reason -> assertThat(reason).contains("oarlog node replace 2"));

        // when
        TestGroup.get(group.metadata(3).forgetNode(2));
        TestGroup.get(group.metadata(3).forgetNode(2));

        // then
        TestGroup.get(group.metadata(1).sync());
        assertThat(refusal(2, NEW_NAME, "")).isEmpty();
    }

    @Test
    void shouldTellTopicsThatAreOlderThanADisk() {
        // given
        Topic before = group.create(1, "before", 1);
        lose(2);
        TestGroup.get(group.metadata(3).forgetNode(2));

        // when
        group.start(2);
        TestGroup.get(group.metadata(2).started());
        Topic after = group.create(1, "after", 1);

        // then
        TestGroup.get(group.metadata(1).sync());
        assertThat(List.of(
                        group.metadata(1).predates(before, 2), group.metadata(1).predates(after, 2)))
                .containsExactly(true, false);
        assertThat(group.metadata(1).predates(before, 3)).isFalse();
    }
}
