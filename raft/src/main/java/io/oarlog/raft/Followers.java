package io.oarlog.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * What the leader of a group knows of its followers at one moment; of those that came or went just then it tells nothing.
 * Immutable.
 */
record Followers(List<Follower> all) {
    /** Many heartbeats. */
    private static final long SILENCE_MILLIS = 3_000;
    /** What a leader may have on its way to a follower at a time, see {@link RaftSettings#toProperties}. */
    private static final long CLOSE_ENTRIES = 64;
    /** Some heartbeats: a leader that is taken for alive for longer than this is asked in vain. */
    private static final long RECENT_MILLIS = 1_000;
    /** What is on its way while a partition is written to: a transfer holds up writes until it is there. */
    private static final long NEXT_ENTRIES = 8;

    Followers {
        all = List.copyOf(all);
    }

    /**
     * One of them.
     *
     * @param silentMillis since its last answer, or since the leader began to lead and a little more
     * @param missingEntries of the leader's Raft log, which it has not said that it has
     * @param hasAnswered since the leader began to lead
     */
    record Follower(RaftPeerId peer, long silentMillis, long missingEntries, boolean hasAnswered) {
        int node() {
            return PeerIds.nodeOf(peer);
        }

        /** Whether it answers. */
        boolean isInTouch() {
            return hasAnswered && silentMillis < SILENCE_MILLIS;
        }

        /** Whether it follows closely. */
        boolean isCloseBehind() {
            return isInTouch() && missingEntries <= CLOSE_ENTRIES;
        }

        /** Whether it could lead within a moment. */
        boolean isNext() {
            return hasAnswered && silentMillis < RECENT_MILLIS && missingEntries <= NEXT_ENTRIES;
        }
    }

    /** As a division of this process knows them; none when it does not lead. */
    static Followers of(RaftServer.@Nullable Division division) {
        long[] matched = division == null ? null : division.getInfo().getFollowerMatchIndices();
        if (division == null || matched == null) {
            return new Followers(List.of());
        }
        // Both in the order of the leader's appenders.
        List<ServerRpcProto> heard =
                division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList();
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        List<Follower> all = new ArrayList<>();
        for (int i = 0; i < matched.length && matched.length == heard.size(); i++) {
            all.add(new Follower(
                    RaftPeerId.valueOf(heard.get(i).getId().getId()),
                    heard.get(i).getLastRpcElapsedTimeMs(),
                    last == null ? 0 : Math.max(0, last.getIndex() - matched[i]),
                    matched[i] >= 0));
        }
        return new Followers(all);
    }

    Optional<Follower> find(RaftPeerId peer) {
        return all.stream().filter(follower -> follower.peer().equals(peer)).findFirst();
    }

    long countInTouch() {
        return all.stream().filter(Follower::isInTouch).count();
    }
}
