package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.raft.StandIns.Replica;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StandInsTest {
    private static Replica replica(int node, int priority, boolean hasRoom) {
        return new Replica(node, priority, hasRoom, true);
    }

    private static Replica silent(int node, int priority) {
        return new Replica(node, priority, true, false);
    }

    @Test
    void shouldLeaveALeaderThatHasRoom() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, true), replica(2, 0, false), replica(3, 0, true)), 1))
                .isEmpty();
    }

    @Test
    void shouldLetAnotherStandInForAPreferredReplicaWithoutRoom() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, false), replica(2, 0, false), replica(3, 0, true)), 1))
                .contains(Map.of(1, 1, 2, 0, 3, 2));
    }

    @Test
    void shouldChooseOneThatAnswers() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, false), silent(2, 0), replica(3, 0, true)), 1))
                .contains(Map.of(1, 1, 2, 0, 3, 2));
    }

    @Test
    void shouldStayWithTheStandInThatItHasChosen() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, false), replica(2, 0, true), replica(3, 2, true)), 1))
                .isEmpty();
    }

    @Test
    void shouldChooseAnotherWhenTheStandInIsAway() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, false), replica(2, 0, true), silent(3, 2)), 1))
                .contains(Map.of(1, 1, 2, 2, 3, 0));
    }

    @Test
    void shouldNotHandOverWhenNobodyHasRoom() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, false), replica(2, 0, false), silent(3, 0)), 1))
                .isEmpty();
    }

    @Test
    void shouldGiveBackToThePreferredReplicaWhenItHasRoom() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, true), replica(2, 0, true), replica(3, 2, true)), 3))
                .contains(Map.of(1, 1, 2, 0, 3, 0));
    }

    @Test
    void shouldKeepStandingInWhileThePreferredReplicaHasNoRoomOrIsAway() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, false), replica(2, 0, true), replica(3, 2, true)), 3))
                .isEmpty();
        assertThat(StandIns.priorities(List.of(silent(1, 1), replica(2, 0, true), replica(3, 2, true)), 3))
                .isEmpty();
    }

    @Test
    void shouldPreferThePreferredReplicaToAnotherStandIn() {
        assertThat(StandIns.priorities(List.of(replica(1, 1, true), replica(2, 0, true), replica(3, 2, false)), 3))
                .contains(Map.of(1, 1, 2, 0, 3, 0));
    }

    /** Whatever happens to the disks: one step leads to a leader with room, if one is there, and the next changes nothing. */
    @Test
    void shouldSettleInOneStep() {
        Random random = new Random(1);
        for (int round = 0; round < 10_000; round++) {
            int size = 1 + random.nextInt(5);
            int preferred = random.nextInt(size + 1);
            int standIn = random.nextInt(2 * size);
            List<Replica> replicas = IntStream.range(0, size)
                    .mapToObj(node -> new Replica(
                            node,
                            node == preferred ? 1 : node == standIn ? 2 : 0,
                            random.nextBoolean(),
                            random.nextBoolean()))
                    .toList();
            int leader = random.nextInt(size);
            StandIns.priorities(replicas, leader).ifPresent(priorities -> {
                List<Replica> changed = replicas.stream()
                        .map(r ->
                                new Replica(r.node(), priorities.getOrDefault(r.node(), 0), r.hasRoom(), r.isInTouch()))
                        .toList();
                int[] sorted =
                        changed.stream().mapToInt(Replica::priority).sorted().toArray();
                assertThat(Arrays.stream(sorted)
                                .filter(priority -> priority == 2)
                                .count())
                        .isLessThanOrEqualTo(1);
                Replica next = changed.stream()
                        .max((a, b) -> Integer.compare(a.priority(), b.priority()))
                        .orElseThrow();
                assertThat(next.couldLead()).as("%s of %s", next, replicas).isTrue();
                assertThat(StandIns.priorities(changed, leader)).isEmpty();
                assertThat(StandIns.priorities(changed, next.node())).isEmpty();
            });
        }
    }
}
