package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.raft.PartitionQuorum.Answer;
import io.oarlog.raft.PartitionQuorum.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.junit.jupiter.api.Test;

class PartitionQuorumTest {
    private static final RaftPeerId NEW_2 = RaftPeerId.valueOf("2.00000000000000ff");
    private static final List<Integer> ASSIGNED = List.of(1, 2, 3);

    private static List<RaftPeerId> peers(Integer... nodes) {
        return Stream.of(nodes).map(PeerIds::of).toList();
    }

    private static ReplicaReport open(long term, long index, long endOffset, List<RaftPeerId> members) {
        return new ReplicaReport(
                ReplicaReport.State.OPEN,
                OptionalInt.empty(),
                TermIndex.valueOf(term, index),
                endOffset,
                endOffset - 1,
                members,
                List.of());
    }

    private static Answer of(int node, ReplicaReport report) {
        return new Answer(PeerIds.of(node), Optional.of(report));
    }

    private static Answer silent(int node) {
        return new Answer(PeerIds.of(node), Optional.empty());
    }

    private static PartitionQuorum judged(Set<Integer> givenUp, Answer... answers) {
        return PartitionQuorum.of(
                ASSIGNED, List.of(answers), peer -> !peer.equals(NEW_2) && givenUp.contains(PeerIds.nodeOf(peer)));
    }

    @Test
    void shouldLetTheLastReplicaLeadWhenTheOthersAreGivenUp() {
        PartitionQuorum quorum = judged(
                Set.of(2, 3),
                of(1, open(4, 20, 15, peers(1, 2, 3))),
                of(4, ReplicaReport.without(ReplicaReport.State.ABSENT)),
                new Answer(NEW_2, Optional.of(open(0, -1, 0, List.of()))));

        assertThat(quorum.refusal()).isEmpty();
        assertThat(quorum.survivor()).hasValue(1);
        assertThat(quorum.highWatermark()).isEqualTo(14);
        assertThat(quorum.replicas())
                .containsExactly(
                        new Replica(1, 0, true, false, Optional.of(15L)),
                        new Replica(2, 0, true, true, Optional.empty()),
                        new Replica(3, 0, true, true, Optional.empty()),
                        new Replica(2, 255, false, false, Optional.of(0L)));
    }

    @Test
    void shouldRefuseWhereALeaderIsKnown() {
        ReplicaReport led = new ReplicaReport(
                ReplicaReport.State.OPEN, OptionalInt.of(3), TermIndex.valueOf(1, 1), 1, 1, peers(1, 2, 3), List.of());

        PartitionQuorum quorum = judged(Set.of(2, 3), of(1, led));

        assertThat(quorum.leader()).hasValue(3);
        assertThat(quorum.refusal()).hasValue("node 3 leads it");
        assertThat(quorum.survivor()).isEmpty();
    }

    @Test
    void shouldRefuseWhileAMajorityMayComeBack() {
        assertThat(judged(Set.of(3), of(1, open(1, 1, 1, peers(1, 2, 3))), of(2, open(1, 1, 1, peers(1, 2, 3))))
                        .refusal())
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("a majority of its replicas is not given up"));
        // One that is silent is not lost.
        assertThat(judged(Set.of(3), of(1, open(1, 1, 1, peers(1, 2, 3))), silent(2))
                        .refusal())
                .hasValueSatisfying(reason -> assertThat(reason).contains("node 2 does not answer"));
    }

    /** Of four, two are no majority; the one that does not answer may have what the other has not. */
    @Test
    void shouldRefuseWhileOneOfTheRestIsSilentOrUnusable() {
        Answer one = of(1, open(1, 1, 1, peers(1, 2, 3, 4)));

        assertThat(judged(Set.of(3, 4), one, silent(2)).refusal())
                .hasValueSatisfying(reason -> assertThat(reason).contains("oarlog node replace 2 --accept-loss"));
        assertThat(judged(Set.of(3, 4), one, of(2, ReplicaReport.without(ReplicaReport.State.UNUSABLE)))
                        .refusal())
                .hasValueSatisfying(reason -> assertThat(reason).contains("the replica on node 2 is not open"));
        // Nor while it is just being taken out.
        assertThat(judged(Set.of(3, 4), one).refusal())
                .hasValueSatisfying(reason -> assertThat(reason).contains("node 2 does not answer"));
        // Who has nothing to do with it may be silent.
        assertThat(judged(Set.of(3, 4), one, of(2, open(1, 1, 1, peers(1, 2, 3, 4))), silent(9))
                        .refusal())
                .isEmpty();
    }

    @Test
    void shouldTakeTheLastTermBeforeTheLongestLog() {
        List<RaftPeerId> members = peers(1, 2, 3, 4);

        assertThat(judged(Set.of(3, 4), of(1, open(4, 90, 90, members)), of(2, open(5, 20, 20, members)))
                        .survivor())
                .hasValue(2);
        assertThat(judged(Set.of(3, 4), of(1, open(5, 21, 90, members)), of(2, open(5, 20, 95, members)))
                        .survivor())
                .hasValue(1);
    }

    /** A change of members that is under way needs both majorities. */
    @Test
    void shouldAskForBothMajoritiesOfAChangeOfMembers() {
        ReplicaReport changing = new ReplicaReport(
                ReplicaReport.State.OPEN,
                OptionalInt.empty(),
                TermIndex.valueOf(1, 1),
                1,
                1,
                peers(1, 4, 5),
                peers(1, 2, 3));

        assertThat(judged(
                                Set.of(2, 3),
                                of(1, changing),
                                of(4, open(1, 1, 1, List.of())),
                                of(5, open(1, 1, 1, List.of())))
                        .refusal())
                .isEmpty();
        assertThat(judged(
                                Set.of(2),
                                of(1, changing),
                                of(3, open(1, 1, 1, List.of())),
                                of(4, open(1, 1, 1, List.of())),
                                of(5, open(1, 1, 1, List.of())))
                        .refusal())
                .isPresent();
    }

    @Test
    void shouldRefuseWhereNothingIsLeft() {
        assertThat(judged(Set.of(1, 2, 3), new Answer(NEW_2, Optional.of(open(0, -1, 0, List.of()))))
                        .refusal())
                .hasValueSatisfying(reason -> assertThat(reason).contains("no replica is left"));
        assertThat(judged(Set.of(1, 2, 3)).refusal()).isPresent();
    }

    @Test
    void shouldReadBackReportsAndRequests() throws Exception {
        ReplicaReport report = new ReplicaReport(
                ReplicaReport.State.OPEN,
                OptionalInt.of(7),
                TermIndex.valueOf(3, 44),
                40,
                39,
                List.of(PeerIds.of(1), NEW_2),
                peers(1, 2));
        assertThat(ReplicaReport.decode(report.encode())).isEqualTo(report);
        ReplicaReport absent = ReplicaReport.without(ReplicaReport.State.ABSENT);
        assertThat(ReplicaReport.decode(absent.encode())).isEqualTo(absent);
        PartitionId id = new PartitionId(UUID.randomUUID(), "", 5);
        ReplicaRequest request = ReplicaRequest.toLeadAlone(id, TermIndex.valueOf(3, 44));
        assertThat(ReplicaRequest.isRequest(request.encode())).isTrue();
        assertThat(ReplicaRequest.decode(request.encode())).isEqualTo(request);
        assertThat(ReplicaRequest.decode(ReplicaRequest.ofReport(id).encode()).isToLeadAlone())
                .isFalse();
    }

    @Test
    void shouldTakeNoOtherMessageForItsOwn() {
        assertThat(ReplicaRequest.isRequest(SnapshotPieceRequest.ofNewest().encode()))
                .isFalse();
        assertThat(ReplicaRequest.isRequest(new AdmissionRequest(2, PeerIds.of(2), Optional.of(NEW_2)).encode()))
                .isFalse();
        ByteBuffer request = ReplicaRequest.ofReport(new PartitionId(UUID.randomUUID(), "", 5))
                .encode();
        assertThat(SnapshotPieceRequest.isRequest(request)).isFalse();
        assertThat(AdmissionRequest.isRequest(request)).isFalse();
        assertThatThrownBy(() -> ReplicaReport.decode(ByteBuffer.allocate(3))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ReplicaReport.decode(ByteBuffer.allocate(60).put(0, (byte) 9)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("state 9");
        assertThatThrownBy(() -> ReplicaReport.decode(ByteBuffer.allocate(60).put(0, (byte) 'O')))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("members");
    }
}
