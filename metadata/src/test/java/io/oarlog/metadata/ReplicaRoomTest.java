package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import io.oarlog.raft.ReplicaCapacity;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReplicaRoomTest {
    private static final List<Integer> ALL = List.of(1, 2, 3);

    private static BrokerRegistration broker(int id, int capacity) {
        return new BrokerRegistration(
                id,
                List.of(new BrokerEndpoint(BrokerEndpoint.ONLY_LISTENER, "host", 9092)),
                Optional.of(new ReplicaCapacity(capacity, "open files (1024; more with ulimit -n)")));
    }

    private static Topic topic(int partitions, List<Integer> replicas) {
        return new Topic(UUID.randomUUID(), "there", Collections.nCopies(partitions, replicas), Map.of());
    }

    private static ReplicaRoom room(BrokerRegistration... live) {
        return ReplicaRoom.of(List.of(live), List.of(topic(4, ALL)));
    }

    @Test
    void shouldTakeWhatFits() {
        assertThat(room(broker(1, 10), broker(2, 10), broker(3, 10)).check(Collections.nCopies(6, ALL)))
                .isEmpty();
    }

    @Test
    void shouldSayWhichResourceIsShortAndHowManyPartitionsAreLeft() {
        Optional<Invalid> refused =
                room(broker(1, 10), broker(2, 9), broker(3, 12)).check(Collections.nCopies(6, ALL));
        assertThat(refused.map(Invalid::rule)).contains(Rule.CAPACITY);
        assertThat(refused.map(Invalid::reason))
                .contains("node 2 would have 10 replicas and can host 9: it is short of open files (1024; more with"
                        + " ulimit -n); the cluster has room for 5 more partitions with 3 replicas; add a node, or give"
                        + " the nodes more");
    }

    @Test
    void shouldCountPartitionsOverNodesWithUnequalRoom() {
        // 1 has room for 2, 2 for 1, 3 for 3: of two replicas each, (3 1) (3 1) (3 2)
        Optional<Invalid> refused =
                room(broker(1, 6), broker(2, 5), broker(3, 7)).check(Collections.nCopies(9, List.of(1, 3)));
        assertThat(refused.map(Invalid::reason).orElseThrow()).contains("room for 3 more partitions with 2 replicas");
    }

    @Test
    void shouldNotJudgeNodesThatSayNothing() {
        BrokerRegistration silent = new BrokerRegistration(2, "host", 9092);
        assertThat(room(broker(1, 1_000), silent).check(Collections.nCopies(900, ALL)))
                .isEmpty();
    }

    @Test
    void shouldJudgeOnlyNodesThatGetMore() {
        // 1 is over its capacity already, as after a restart with less memory.
        assertThat(room(broker(1, 3), broker(2, 10), broker(3, 10)).check(List.of(List.of(2, 3))))
                .isEmpty();
    }
}
