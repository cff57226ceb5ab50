package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TopicMovesTest {
    private static final TopicRules RULES = new TopicRules(() -> new TreeSet<>(Set.of(1, 2, 3, 4, 5)));
    private static final Topic TOPIC =
            new Topic(UUID.randomUUID(), "orders", List.of(List.of(1, 2, 3), List.of(2, 3, 1)), Map.of("k", "v"));

    private static Topic moved(Topic topic, int partition, List<Integer> target) {
        TopicMoves moves = TopicMoves.of(topic, Map.of(partition, Optional.of(target)), true, RULES);
        assertThat(moves.outcomes().get(partition)).isInstanceOf(TopicOutcome.Done.class);
        return moves.changed();
    }

    private static Topic takenBack(Topic topic, int partition) {
        return TopicMoves.of(topic, Map.of(partition, Optional.empty()), true, RULES)
                .changed();
    }

    @Test
    void shouldKeepBothReplicasUntilTheMoveIsDone() {
        Topic moved = moved(TOPIC, 0, List.of(4, 2, 1));

        assertThat(moved.replicas()).containsExactly(List.of(4, 2, 1, 3), List.of(2, 3, 1));
        assertThat(moved.moves()).isEqualTo(Map.of(0, new ReplicaMove(List.of(4), List.of(3))));
        assertThat(moved.target(0)).containsExactly(4, 2, 1);
        assertThat(moved.origin(0)).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(moved.configs()).isEqualTo(TOPIC.configs());
        Topic ended = TopicMoves.ended(moved, 0);
        assertThat(ended.replicas()).containsExactly(List.of(4, 2, 1), List.of(2, 3, 1));
        assertThat(ended.moves()).isEmpty();
    }

    @Test
    void shouldForgetNoReplicaWhenAMoveIsChangedOrTakenBack() {
        // given: node 4 may have its replica already
        Topic moved = moved(TOPIC, 0, List.of(4, 2, 1));

        // when, then
        Topic changed = moved(moved, 0, List.of(5, 2, 1));
        assertThat(changed.target(0)).containsExactly(5, 2, 1);
        assertThat(changed.replicas().get(0)).containsExactlyInAnyOrder(1, 2, 3, 4, 5);
        assertThat(changed.origin(0)).containsExactlyInAnyOrder(1, 2, 3);

        // and back, twice
        Topic back = takenBack(changed, 0);
        assertThat(back.target(0)).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(back.replicas().get(0)).containsExactlyInAnyOrder(1, 2, 3, 4, 5);
        assertThat(takenBack(back, 0).target(0)).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(TopicMoves.ended(back, 0).replicas().get(0)).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void shouldMoveForAnotherOrderAloneAndForNothingNotAtAll() {
        assertThat(moved(TOPIC, 0, List.of(1, 2, 3))).isEqualTo(TOPIC);
        Topic reordered = moved(TOPIC, 0, List.of(3, 1, 2));
        assertThat(reordered.target(0)).containsExactly(3, 1, 2);
        assertThat(reordered.move(0)).contains(new ReplicaMove(List.of(), List.of()));
    }

    @Test
    void shouldMoveOthersWhenOneIsRefused() {
        TopicMoves moves = TopicMoves.of(
                TOPIC,
                Map.of(
                        0, Optional.of(List.of(1, 2, 9)),
                        1, Optional.of(List.of(4, 5)),
                        2, Optional.of(List.of(1, 2, 3)),
                        3, Optional.empty()),
                true,
                RULES);

        assertThat(moves.changed().moves().keySet()).containsExactly(1);
        assertThat(rule(moves, 0)).isEqualTo(Rule.ASSIGNMENT);
        assertThat(rule(moves, 2)).isEqualTo(Rule.PARTITIONS);
        assertThat(rule(TopicMoves.of(TOPIC, Map.of(0, Optional.empty()), true, RULES), 0))
                .isEqualTo(Rule.NO_MOVE);
    }

    @Test
    void shouldKeepTheNumberOfReplicasThatTheMoveUnderWayLeadsToWhenItIsAskedTo() {
        Topic moved = moved(TOPIC, 0, List.of(4, 5));

        TopicMoves moves = TopicMoves.of(
                moved, Map.of(0, Optional.of(List.of(1, 2, 3)), 1, Optional.of(List.of(4, 5, 1))), false, RULES);

        assertThat(rule(moves, 0)).isEqualTo(Rule.REPLICATION_FACTOR);
        assertThat(moves.outcomes().get(1)).isInstanceOf(TopicOutcome.Done.class);
        assertThat(moves.changed().target(0)).containsExactly(4, 5);
    }

    private static Rule rule(TopicMoves moves, int partition) {
        return ((Invalid) Objects.requireNonNull(moves.outcomes().get(partition))).rule();
    }

    @Test
    void shouldBeReadAsItWasWritten() {
        Topic moved = moved(moved(TOPIC, 0, List.of(4, 2, 1)), 1, List.of(3, 2, 1));

        TopicZnodes.Assignment read = TopicZnodes.readAssignment(TopicZnodes.assignment(moved));

        assertThat(read.topicId()).isEqualTo(moved.id());
        assertThat(read.replicas()).isEqualTo(moved.replicas());
        assertThat(read.moves()).isEqualTo(moved.moves());
    }
}
