package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.raft.StandIns.Replica;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StandInsTest {
    private static Replica replica(int node, int priority, boolean hasRoom) {
        return new Replica(node, priority, hasRoom, true, true, hasRoom);
    }

    private static Replica silent(int node, int priority) {
        return new Replica(node, priority, true, false, false, true);
    }

    private static Optional<Map<Integer, Integer>> priorities(List<Replica> replicas, int leader) {
        return new StandIns(replicas, leader).priorities(1);
    }

    @Test
    void shouldLeaveALeaderThatHasRoom() {
        assertThat(priorities(List.of(replica(1, 1, true), replica(2, 0, false), replica(3, 0, true)), 1))
                .isEmpty();
    }

    @Test
    void shouldLetAnotherStandInForAPreferredReplicaWithoutRoom() {
        assertThat(priorities(List.of(replica(1, 1, false), replica(2, 0, true), replica(3, 0, true)), 1))
                .contains(Map.of(1, 1, 2, 0, 3, 2));
    }

    @Test
    void shouldSpreadThemOverTheOthers() {
        List<Replica> replicas = List.of(replica(1, 1, false), replica(2, 0, true), replica(3, 0, true));
        assertThat(new StandIns(replicas, 1).priorities(0)).contains(Map.of(1, 1, 2, 2, 3, 0));
        assertThat(new StandIns(replicas, 1).priorities(-1)).contains(Map.of(1, 1, 2, 0, 3, 2));
    }

    @Test
    void shouldNotHandOverWithoutAMajorityThatHasRoomAndAnswers() {
        assertThat(priorities(List.of(replica(1, 1, false), replica(2, 0, false), replica(3, 0, true)), 1))
                .isEmpty();
        assertThat(priorities(List.of(replica(1, 1, false), silent(2, 0), replica(3, 0, true)), 1))
                .isEmpty();
    }

    @Test
    void shouldForgetAStandInThatIsAwayWhenAnotherLeads() {
        // The one that is preferred could not get the leadership back for as long as the other has a higher priority.
        assertThat(priorities(List.of(silent(1, 1), silent(2, 2), replica(3, 0, true)), 3))
                .contains(Map.of(1, 1, 2, 0, 3, 2));
        assertThat(priorities(List.of(replica(1, 1, true), silent(2, 2), replica(3, 0, true)), 1))
                .contains(Map.of(1, 1, 2, 0, 3, 0));
    }

    @Test
    void shouldStandInForAPreferredReplicaThatIsAway() {
        // It would lead as soon as it is back.
        assertThat(priorities(List.of(silent(1, 1), replica(2, 0, true), replica(3, 0, true)), 3))
                .contains(Map.of(1, 1, 2, 0, 3, 2));
        assertThat(priorities(List.of(replica(1, 1, true), replica(2, 0, true), replica(3, 0, true)), 3))
                .as("one that leads by chance, as after the creation of a topic, hands over at once")
                .isEmpty();
    }

    @Test
    void shouldNotGiveBackToAReplicaThatHadNoRoomJustNow() {
        Replica recovering = new Replica(1, 1, true, true, true, false);
        assertThat(priorities(List.of(recovering, replica(2, 2, true), replica(3, 0, true)), 2))
                .isEmpty();
    }

    @Test
    void shouldStayWithTheStandInThatItHasChosen() {
        assertThat(priorities(List.of(replica(1, 1, false), replica(2, 0, true), replica(3, 2, true)), 1))
                .isEmpty();
    }

    @Test
    void shouldChooseAnotherWhenTheStandInIsAway() {
        assertThat(priorities(
                        List.of(
                                replica(1, 1, false),
                                silent(2, 2),
                                replica(3, 0, true),
                                replica(4, 0, true),
                                replica(5, 0, true)),
                        1))
                .contains(Map.of(1, 1, 2, 0, 3, 0, 4, 2, 5, 0));
    }

    @Test
    void shouldNotHandOverWhenNobodyHasRoom() {
        assertThat(priorities(List.of(replica(1, 1, false), replica(2, 0, false), silent(3, 0)), 1))
                .isEmpty();
    }

    @Test
    void shouldGiveBackToThePreferredReplicaWhenItHasRoom() {
        assertThat(priorities(List.of(replica(1, 1, true), replica(2, 0, true), replica(3, 2, true)), 3))
                .contains(Map.of(1, 1, 2, 0, 3, 0));
    }

    @Test
    void shouldKeepStandingInWhileThePreferredReplicaHasNoRoomOrIsAway() {
        assertThat(priorities(List.of(replica(1, 1, false), replica(2, 0, true), replica(3, 2, true)), 3))
                .isEmpty();
        assertThat(priorities(List.of(silent(1, 1), replica(2, 0, true), replica(3, 2, true)), 3))
                .isEmpty();
    }

    @Test
    void shouldPreferThePreferredReplicaToAnotherStandIn() {
        assertThat(priorities(List.of(replica(1, 1, true), replica(2, 0, true), replica(3, 2, false)), 3))
                .contains(Map.of(1, 1, 2, 0, 3, 0));
    }

    @Test
    void shouldNameTheReplicaThatIsToLeadOnceItMissesNothing() {
        List<Replica> all = List.of(replica(1, 1, true), replica(2, 2, true), replica(3, 0, true));
        assertThat(new StandIns(all, 1).successor()).contains(2);
        assertThat(new StandIns(all, 2).successor()).isEmpty();
        assertThat(new StandIns(all, 3).successor()).contains(2);
        Replica behind = new Replica(2, 2, true, true, false, true);
        assertThat(new StandIns(List.of(replica(1, 1, true), behind, replica(3, 0, true)), 1).successor())
                .isEmpty();
        assertThat(new StandIns(List.of(silent(1, 1), replica(2, 0, true), replica(3, 0, true)), 2).successor())
                .isEmpty();
    }

    /** Whatever happens to the disks: a majority with room gets a leader with room, and a second look changes nothing. */
    @Test
    void shouldSettleInOneStep() {
        Random random = new Random(1);
        int handedOver = 0;
        for (int round = 0; round < 10_000; round++) {
            int size = 1 + random.nextInt(5);
            int preferred = random.nextInt(size + 1);
            int standIn = random.nextInt(2 * size);
            List<Replica> replicas = IntStream.range(0, size)
                    .mapToObj(node -> new Replica(
                            node,
                            node == preferred ? 1 : node == standIn ? 2 : 0,
                            random.nextInt(3) > 0,
                            random.nextInt(3) > 0,
                            random.nextInt(3) > 0,
                            random.nextBoolean()))
                    .toList();
            int leader = random.nextInt(size);
            int choice = random.nextInt();
            Map<Integer, Integer> present =
                    replicas.stream().collect(Collectors.toMap(Replica::node, Replica::priority));
            Map<Integer, Integer> priorities =
                    new StandIns(replicas, leader).priorities(choice).orElse(present);
            List<Replica> changed = replicas.stream()
                    .map(r -> new Replica(
                            r.node(),
                            priorities.getOrDefault(r.node(), 0),
                            r.hasRoom(),
                            r.isInTouch(),
                            r.isNext(),
                            r.isSteady()))
                    .toList();
            assertThat(changed.stream().filter(r -> r.priority() == 2).count()).isLessThanOrEqualTo(1);
            assertThat(new StandIns(changed, leader).priorities(choice))
                    .as("%s after %s, leader %d", changed, replicas, leader)
                    .isEmpty();
            boolean isMajorityThere = replicas.stream()
                            .filter(r -> r.node() != leader && r.couldLead())
                            .count()
                    > size / 2;
            if (!replicas.get(leader).hasRoom() && isMajorityThere) {
                Replica next = changed.stream()
                        .max(Comparator.comparing(Replica::priority))
                        .orElseThrow();
                assertThat(next.couldLead())
                        .as("%s after %s", changed, replicas)
                        .isTrue();
                handedOver++;
            }
        }
        assertThat(handedOver).isPositive();
    }
}
