package io.oarlog.raft;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * Sends a leader's entries to one follower, and a heartbeat when an entry is committed that no entry follows: Ratis lets
 * the follower wait for the next heartbeat of its interval, and whoever waits for the command there waits with it. See {@link
 * CommitNotices} for when that is.
 *
 * <p>One such heartbeat is on its way at a time; what is committed meanwhile goes with the next. An entry that is sent
 * carries the commit index too and saves it. It is one RPC, which the follower answers without touching its disk.
 *
 * <p>Requests are made by the appender's thread alone; the rest is for any thread.
 */
final class PromptAppender extends FollowerAppender {
    private final CommitNotices notices;
    private final int followerNode;
    /** Highest entry of the follower's that a request on its way, or an answered one, says is committed. */
    private volatile long toldIndex = RaftLog.INVALID_LOG_INDEX;
    /** The same, of the heartbeats alone. */
    private volatile long toldByHeartbeatIndex = RaftLog.INVALID_LOG_INDEX;
    /** Highest entry that the follower's node submitted: it waits for it to be committed. */
    private volatile long awaitedIndex = RaftLog.INVALID_LOG_INDEX;
    /** The follower is to be told now though it waits for nothing. */
    private final AtomicBoolean isDue = new AtomicBoolean();

    PromptAppender(
            RaftServer.Division server,
            LeaderState leaderState,
            FollowerInfo follower,
            FollowerAppenders appenders,
            CommitNotices notices) {
        super(server, leaderState, follower, appenders);
        this.notices = notices;
        this.followerNode = PeerIds.nodeOf(getFollowerId());
    }

    @Override
    public void start() {
        notices.add(this);
        super.start();
    }

    @Override
    public CompletableFuture<LifeCycle.State> stopAsync() {
        notices.remove(this);
        return super.stopAsync();
    }

    /** The follower's node id. */
    int followerNode() {
        return followerNode;
    }

    /** The follower's node has submitted an entry; indexes rise. */
    void await(long index) {
        awaitedIndex = index;
    }

    /** Has the follower told of what is committed, also if it waits for nothing. */
    void tell() {
        isDue.set(true);
        notifyLogAppender();
    }

    /** Whether the follower has a committed entry that it was not told of, and has answered the last heartbeat about one. */
    private boolean isCommitNews() {
        return committedAtFollower() > toldIndex && getFollower().getCommitIndex() >= toldByHeartbeatIndex;
    }

    /** Whether something is committed that the follower was not told of; it may not have that entry yet. */
    boolean isBehind() {
        return getRaftLog().getLastCommittedIndex() > toldIndex;
    }

    private long committedAtFollower() {
        return Math.min(getRaftLog().getLastCommittedIndex(), getFollower().getMatchIndex());
    }

    @Override
    public @Nullable AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean isHeartbeat)
            throws RaftLogIOException {
        long storedIndex = getFollower().getMatchIndex();
        // First: what is committed from now on may not be in the request, and makes it due again.
        boolean wasDue = isDue.getAndSet(false);
        boolean isTold = wasDue || awaitedIndex > toldIndex;
        boolean isNews = isTold && !hasAppendEntries() && isCommitNews();
        AppendEntriesRequestProto request =
                isNews ? commitHeartbeat(callId, storedIndex) : super.newAppendEntriesRequest(callId, isHeartbeat);
        if (request != null) {
            toldIndex = Math.max(toldIndex, Math.min(request.getLeaderCommit(), storedIndex));
            if (isNews) {
                toldByHeartbeatIndex = toldIndex;
            }
        }
        if (wasDue && isBehind()) {
            isDue.set(true);
        }
        return request;
    }

    /**
     * Behind the last entry that the follower is known to have: Ratis's own heartbeat says nothing of commits while entries
     * are on their way.
     */
    private @Nullable AppendEntriesRequestProto commitHeartbeat(long callId, long storedIndex)
            throws RaftLogIOException {
        TermIndex last = getPrevious(storedIndex + 1);
        return last == null
                ? super.newAppendEntriesRequest(callId, true)
                : getLeaderState().newAppendEntriesRequestProto(getFollower(), List.of(), last, callId);
    }
}
