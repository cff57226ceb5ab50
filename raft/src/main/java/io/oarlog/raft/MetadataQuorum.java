package io.oarlog.raft;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * The members of the metadata group, as one of them knows them. Immutable.
 *
 * @param leader node id; empty when none is known
 * @param commitIndex of the Raft log, inclusive; -1 when nothing is committed yet
 */
public record MetadataQuorum(OptionalInt leader, long term, long commitIndex, List<Voter> voters) {
    private static final long NOTHING = -1;

    public MetadataQuorum {
        voters = List.copyOf(voters);
    }

    /**
     * One member.
     *
     * @param incarnation of the node's disk; 0 of one that the cluster began with, see {@link PeerIds}
     * @param lastIndex of its Raft log, inclusive, as the leader knows; empty elsewhere
     * @param silentMillis since its last answer to the leader; empty elsewhere
     */
    public record Voter(
            int node, long incarnation, RaftAddress address, OptionalLong lastIndex, OptionalLong silentMillis) {}

    static MetadataQuorum of(RaftServer.@Nullable Division division, SortedMap<Integer, RaftPeer> members) {
        RaftPeerId leader = division == null ? null : division.getInfo().getLeaderId();
        Followers followers = Followers.of(division);
        TermIndex last = division == null ? null : division.getRaftLog().getLastEntryTermIndex();
        long lastIndex = last == null ? NOTHING : last.getIndex();
        List<Voter> voters = members.values().stream()
                .map(peer -> voter(peer, division, lastIndex, followers))
                .toList();
        return new MetadataQuorum(
                leader == null ? OptionalInt.empty() : OptionalInt.of(PeerIds.nodeOf(leader)),
                division == null ? 0 : division.getInfo().getCurrentTerm(),
                division == null ? NOTHING : division.getRaftLog().getLastCommittedIndex(),
                voters);
    }

    private static Voter voter(
            RaftPeer peer, RaftServer.@Nullable Division division, long lastIndex, Followers followers) {
        boolean leads = division != null
                && division.getInfo().isLeader()
                && division.getId().equals(peer.getId());
        OptionalLong index = leads ? OptionalLong.of(lastIndex) : OptionalLong.empty();
        OptionalLong silent = leads ? OptionalLong.of(0) : OptionalLong.empty();
        Followers.Follower follower = followers.find(peer.getId()).orElse(null);
        if (follower != null && follower.hasAnswered()) {
            index = OptionalLong.of(lastIndex - follower.missingEntries());
            silent = OptionalLong.of(follower.silentMillis());
        }
        return new Voter(
                PeerIds.nodeOf(peer.getId()),
                PeerIds.incarnationOf(peer.getId()),
                RaftAddress.parse(peer.getAddress()),
                index,
                silent);
    }
}
