package io.oarlog.raft;

import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.jspecify.annotations.Nullable;

/**
 * Sends a leader's entries to one follower. While the follower's disk is full it is sent one request at a time, the next when
 * it has stored the last, and heartbeats in between. Else it would have to hold in memory what waits for space, without a
 * bound: Ratis gives up a request after three seconds and goes on with the next.
 *
 * <p>Confined to the appender's thread.
 */
final class SpaceAwareAppender extends FollowerAppender {
    private final PeerSpaces peers;
    private final int followerId;
    private long lastSentIndex = RaftLog.INVALID_LOG_INDEX;

    SpaceAwareAppender(
            RaftServer.Division server,
            LeaderState leaderState,
            FollowerInfo follower,
            FollowerAppenders appenders,
            PeerSpaces peers) {
        super(server, leaderState, follower, appenders);
        this.peers = peers;
        this.followerId = PeerIds.nodeOf(follower.getId());
    }

    @Override
    public boolean shouldSendAppendEntries() {
        return isHolding() ? isHeartbeatDue() : super.shouldSendAppendEntries();
    }

    @Override
    public @Nullable AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean isHeartbeat)
            throws RaftLogIOException {
        if (!isHeartbeat && isHolding()) {
            return isHeartbeatDue() ? super.newAppendEntriesRequest(callId, true) : null;
        }
        AppendEntriesRequestProto request = super.newAppendEntriesRequest(callId, isHeartbeat);
        if (request != null && request.getEntriesCount() > 0) {
            lastSentIndex = request.getEntries(request.getEntriesCount() - 1).getIndex();
        }
        return request;
    }

    private boolean isHeartbeatDue() {
        return getHeartbeatWaitTimeMs() <= 0;
    }

    /** Whether the follower has to store what it was sent before it gets more. */
    private boolean isHolding() {
        return peers.of(followerId) == DiskSpace.FULL
                && getFollower().getMatchIndex() < lastSentIndex
                // Else it was not received, and is sent again.
                && getFollower().getNextIndex() > lastSentIndex;
    }
}
