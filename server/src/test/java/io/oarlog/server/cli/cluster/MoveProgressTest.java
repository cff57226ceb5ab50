package io.oarlog.server.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class MoveProgressTest {
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);
    private static final PartitionReassignment MOVE =
            new PartitionReassignment(List.of(1, 2, 3, 4), List.of(4), List.of(1));

    @Test
    void shouldCountWhatTheNewReplicasHaveOfTheLargest() {
        // given
        ReplicaSizes sizes = new ReplicaSizes(Map.of(
                1, Map.of(FIRST, 900L),
                2, Map.of(FIRST, 1_000L),
                4, Map.of(FIRST, 250L)));
        PartitionReassignment twoNew = new PartitionReassignment(List.of(1, 2, 4, 5), List.of(4, 5), List.of(1, 2));

        // then
        assertThat(sizes.copied(FIRST, MOVE)).isEqualTo(new Copied(250, 1_000));
        assertThat(sizes.copied(FIRST, twoNew)).isEqualTo(new Copied(250, 2_000));
        assertThat(sizes.copied(SECOND, MOVE)).isEqualTo(Copied.NOTHING);
    }

    /** Segments that are deleted at the old replicas already. */
    @Test
    void shouldNotCountMoreThanThereIs() {
        ReplicaSizes sizes = new ReplicaSizes(Map.of(2, Map.of(FIRST, 1_000L), 4, Map.of(FIRST, 1_100L)));
        assertThat(sizes.copied(FIRST, MOVE)).isEqualTo(new Copied(1_000, 1_000));
    }

    @Test
    void shouldNotGoBackWhereANodeDoesNotAnswerForAMoment() {
        // given
        MoveProgress progress = new MoveProgress();
        progress.with(Map.of(FIRST, new Copied(40, 100)));

        // then
        assertThat(progress.with(Map.of(FIRST, Copied.NOTHING))).isEqualTo(new Copied(40, 100));
        assertThat(progress.with(Map.of(FIRST, new Copied(50, 110)))).isEqualTo(new Copied(50, 110));
    }

    @Test
    void shouldCountAMoveThatIsNotUnderWayAnyMoreAsDone() {
        // given
        MoveProgress progress = new MoveProgress();
        assertThat(progress.with(Map.of(FIRST, new Copied(10, 100), SECOND, new Copied(0, 50))))
                .isEqualTo(new Copied(10, 150));

        // then
        assertThat(progress.with(Map.of(SECOND, new Copied(20, 60)))).isEqualTo(new Copied(120, 160));
        assertThat(progress.with(Map.of())).isEqualTo(new Copied(160, 160));
    }
}
