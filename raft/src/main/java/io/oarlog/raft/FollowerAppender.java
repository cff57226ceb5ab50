package io.oarlog.raft;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;

/** Ratis's appender of a server whose gRPC is inside a {@link DurableCandidacy}. */
abstract class FollowerAppender extends GrpcLogAppender {
    /** Between two questions to a follower that copies. */
    private static final long NOTIFICATION_PAUSE_MILLIS = 50;

    /** After its last question a follower is taken to copy for so long. */
    private static final long COPYING_MILLIS = 5_000;

    private final FollowerAppenders appenders;
    private volatile @Nullable Timestamp lastNotification; // set by the appender's thread
    private volatile boolean isSendingAnew;

    FollowerAppender(
            RaftServer.Division server, LeaderState leaderState, FollowerInfo follower, FollowerAppenders appenders) {
        super(server, leaderState, follower);
        this.appenders = appenders;
    }

    @Override
    public void start() {
        appenders.add(this);
        super.start();
    }

    @Override
    public CompletableFuture<LifeCycle.State> stopAsync() {
        appenders.remove(this);
        return super.stopAsync();
    }

    /**
     * Sends soon all that the follower is not known to have, whatever it was sent before. Returns at once.
     *
     * <p>Ratis could put another appender in this one's place, but would take its follower for a new member from then on: changes
     * of the members wait for it, and when one of them fails it is left without an appender.
     */
    void sendAnew() {
        isSendingAnew = true;
        notifyLogAppender();
    }

    /** Whether the follower copies what the Raft log does not have any more, as far as is known. */
    boolean isFollowerCopying() {
        Timestamp last = lastNotification;
        return last != null && last.elapsedTimeMs() < COPYING_MILLIS;
    }

    /**
     * When there is something to send, or a heartbeat is due. Without a connection Ratis's own says so always, and its thread goes
     * round without a pause while a follower is away: 100,000 times within seconds, for each group.
     */
    @Override
    public boolean shouldSendAppendEntries() {
        if (isSendingAnew) {
            isSendingAnew = false;
            FollowerInfo follower = getFollower();
            // What is committed there is what is here.
            follower.setNextIndex(Math.max(follower.getMatchIndex(), follower.getCommitIndex()) + 1);
        }
        if (hasAppendEntries()) {
            return true;
        }
        creditCommitted();
        return getHeartbeatWaitTimeMs() <= 0;
    }

    /**
     * Nothing where a heartbeat is not due. To a follower that has not answered what it was sent Ratis would send one for every
     * entry that is appended; a node that has just started, to which that happens in all of its groups, would be kept from
     * answering by it.
     */
    @Override
    public @Nullable AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean isHeartbeat)
            throws RaftLogIOException {
        return isHeartbeat && getHeartbeatWaitTimeMs() > 0 ? null : super.newAppendEntriesRequest(callId, isHeartbeat);
    }

    /**
     * What a follower says is committed on its disk is what the leader has. Ratis learns what a follower has from its answers to entries
     * alone, and one that has all of them already says so in a way that does not count: a node that came back under another
     * name with its disk would not become a member, and one whose answers were lost would lag for ever, before the next record
     * is appended.
     */
    private void creditCommitted() {
        FollowerInfo follower = getFollower();
        long committed = follower.getCommitIndex();
        if (committed > follower.getMatchIndex()
                && !hasPendingDataRequests()
                && committed < follower.getNextIndex()
                && follower.updateMatchIndex(committed)) {
            getLeaderState().onFollowerSuccessAppendEntries(follower);
        }
    }

    @Override
    public GrpcServicesImpl getServerRpc() {
        return ((DurableCandidacy) getServer().getRaftServer().getServerRpc()).rpc();
    }

    /** A follower that copies what it needs is asked a few times a second how far it is; Ratis would ask without a pause. */
    @Override
    public InstallSnapshotRequestProto newInstallSnapshotNotificationRequest(TermIndex firstAvailable) {
        Timestamp last = lastNotification;
        if (last != null) {
            sleep(NOTIFICATION_PAUSE_MILLIS - last.elapsedTimeMs());
        }
        lastNotification = Timestamp.currentTime();
        return super.newInstallSnapshotNotificationRequest(firstAvailable);
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
