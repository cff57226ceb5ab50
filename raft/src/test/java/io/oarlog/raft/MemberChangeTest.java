package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemberChangeTest {
    private static Map<Integer, Integer> members(int... nodesAndPriorities) {
        Map<Integer, Integer> members = new LinkedHashMap<>();
        for (int i = 0; i < nodesAndPriorities.length; i += 2) {
            members.put(nodesAndPriorities[i], nodesAndPriorities[i + 1]);
        }
        return members;
    }

    private static Optional<MemberChange<Integer>> next(
            Map<Integer, Integer> present, List<Integer> target, int leader) {
        return MemberChange.next(present, target, leader, peer -> peer % 10);
    }

    @Test
    void shouldAddBeforeItRemoves() {
        assertThat(next(members(1, 1, 2, 0, 3, 0), List.of(1, 4, 5), 1))
                .contains(new MemberChange<>(members(1, 1, 2, 0, 3, 0, 4, 0)));
        assertThat(next(members(1, 1, 2, 0, 3, 0, 4, 0, 5, 0), List.of(1, 4, 5), 1))
                .contains(new MemberChange<>(members(1, 1, 3, 0, 4, 0, 5, 0)));
    }

    /** {1, 2, 3, 13} would need 3 of 4, of which 3 has gone for good and 13 does not vote before it knows that it is a member. */
    @Test
    void shouldPutAPeerWithAnotherDiskInThePlaceOfTheOneBefore() {
        assertThat(next(members(1, 1, 2, 0, 3, 0), List.of(1, 2, 13), 1))
                .contains(new MemberChange<>(members(1, 1, 2, 0, 13, 0)));
        assertThat(next(members(1, 0, 2, 0, 3, 1), List.of(13, 2, 1), 2))
                .contains(new MemberChange<>(members(1, 0, 2, 0, 13, 0)));
        assertThat(next(members(1, 0, 2, 0, 13, 0), List.of(13, 2, 1), 2))
                .contains(new MemberChange<>(members(1, 0, 2, 0, 13, 1)));
    }

    @Test
    void shouldRemoveTheLeaderLastAndNotBeforeAnotherOneLeads() {
        assertThat(next(members(1, 1, 2, 0, 4, 0), List.of(4), 1)).contains(new MemberChange<>(members(1, 0, 4, 1)));
        assertThat(next(members(1, 0, 4, 1), List.of(4), 1)).isEmpty();
        assertThat(MemberChange.isLeaderInTheWay(members(1, 0, 4, 1), List.of(4), 1))
                .isTrue();
        assertThat(next(members(1, 0, 4, 1), List.of(4), 4)).contains(new MemberChange<>(members(4, 1)));
        assertThat(next(members(4, 1), List.of(4), 4)).isEmpty();
        assertThat(MemberChange.isLeaderInTheWay(members(4, 1), List.of(4), 4)).isFalse();
    }

    @Test
    void shouldPreferAnotherReplicaAndLeaveAStandInAlone() {
        assertThat(next(members(1, 1, 2, 0, 3, 0), List.of(2, 1, 3), 1))
                .contains(new MemberChange<>(members(1, 0, 2, 1, 3, 0)));
        assertThat(next(members(1, 1, 2, 0, 3, 2), List.of(2, 1, 3), 3))
                .contains(new MemberChange<>(members(1, 0, 2, 1, 3, 2)));
        assertThat(next(members(1, 0, 2, 1, 3, 2), List.of(2, 1, 3), 3)).isEmpty();
    }

    /** Whatever the leaders are: it comes to its end, one member at a time, and there are never fewer than before and after. */
    @Test
    void shouldComeToTheTargetStepByStep() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 500; run++) {
            List<Integer> origin = drawn(random);
            List<Integer> target = drawn(random);
            Map<Integer, Integer> present = new LinkedHashMap<>();
            origin.forEach(node -> present.put(node, node.equals(origin.get(0)) ? 1 : 0));
            int steps = 0;
            while (true) {
                int leader = new ArrayList<>(present.keySet()).get(random.nextInt(present.size()));
                Optional<MemberChange<Integer>> next = next(present, target, leader);
                if (next.isEmpty() && !MemberChange.isLeaderInTheWay(present, target, leader)) {
                    break;
                }
                if (next.isPresent()) {
                    Map<Integer, Integer> then = next.get().priorities();
                    assertThat(Math.abs(then.size() - present.size()))
                            .as("seed %s, %s to %s", seed, origin, target)
                            .isLessThanOrEqualTo(1);
                    assertThat(then.size()).isGreaterThanOrEqualTo(Math.min(origin.size(), target.size()));
                    present.clear();
                    present.putAll(then);
                }
                assertThat(++steps)
                        .as("seed %s, %s to %s", seed, origin, target)
                        .isLessThan(100);
            }
            assertThat(present.keySet()).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(target);
            assertThat(present.get(target.get(0))).isEqualTo(StandIns.PREFERRED_PRIORITY);
        }
    }

    private static List<Integer> drawn(Random random) {
        List<Integer> nodes = new ArrayList<>(List.of(1, 2, 3, 4, 5));
        java.util.Collections.shuffle(nodes, random);
        return nodes.subList(0, 1 + random.nextInt(4));
    }
}
