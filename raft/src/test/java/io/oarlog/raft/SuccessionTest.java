package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.junit.jupiter.api.Test;

class SuccessionTest {
    private static final List<RaftPeer> MEMBERS = List.of(peer(1, 1), peer(2, 0), peer(3, 0), peer(4, 0));
    private static final TermIndex LAST = TermIndex.valueOf(7, 100);
    /** The first is dead. */
    private static final Map<RaftPeerId, TermIndex> EQUAL =
            Map.of(PeerIds.of(2), LAST, PeerIds.of(3), LAST, PeerIds.of(4), LAST);

    private static RaftPeer peer(int node, int priority) {
        return RaftPeer.newBuilder()
                .setId(PeerIds.of(node))
                .setPriority(priority)
                .build();
    }

    @Test
    void shouldBeTheSameForAll() {
        // given
        RaftGroupId group = RaftGroupId.randomId();
        List<RaftPeer> elsewhere = new ArrayList<>(MEMBERS);
        Collections.reverse(elsewhere);

        // when
        List<RaftPeerId> order = Succession.order(group, MEMBERS, EQUAL);

        // then
        assertThat(order).containsExactlyInAnyOrder(PeerIds.of(2), PeerIds.of(3), PeerIds.of(4));
        assertThat(Succession.order(group, elsewhere, EQUAL)).isEqualTo(order);
    }

    @Test
    void shouldBeginWithTheLongestLogForThatAllVote() {
        Map<RaftPeerId, TermIndex> last = Map.of(
                PeerIds.of(2),
                TermIndex.valueOf(7, 100),
                PeerIds.of(3),
                TermIndex.valueOf(7, 101),
                PeerIds.of(4),
                TermIndex.valueOf(6, 500));
        for (int i = 0; i < 20; i++) {
            assertThat(Succession.order(RaftGroupId.randomId(), MEMBERS, last))
                    .containsExactly(PeerIds.of(3), PeerIds.of(2), PeerIds.of(4));
        }
    }

    @Test
    void shouldBeginWithTheHighestPriorityWhenLogsAreEqual() {
        List<RaftPeer> members = List.of(peer(1, 2), peer(2, 0), peer(3, 1), peer(4, 0));
        for (int i = 0; i < 20; i++) {
            assertThat(Succession.order(RaftGroupId.randomId(), members, EQUAL)).startsWith(PeerIds.of(3));
        }
    }

    @Test
    void shouldSpreadGroupsOverTheNodes() {
        Set<RaftPeerId> first = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            first.add(Succession.order(RaftGroupId.randomId(), MEMBERS, EQUAL).get(0));
        }
        assertThat(first).hasSize(3);
    }

    @Test
    void shouldNameNobodyWhenNobodyIsLeft() {
        assertThat(Succession.order(RaftGroupId.randomId(), MEMBERS, Map.of())).isEmpty();
    }
}
