package io.oarlog.raft;

import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;

/** Ratis's appender of a server whose gRPC is inside a {@link DurableCandidacy}. */
abstract class FollowerAppender extends GrpcLogAppender {
    /** Between two questions to a follower that copies. */
    private static final long NOTIFICATION_PAUSE_MILLIS = 50;

    private @Nullable Timestamp lastNotification; // of the appender's thread

    FollowerAppender(RaftServer.Division server, LeaderState leaderState, FollowerInfo follower) {
        super(server, leaderState, follower);
    }

    /**
     * When there is something to send, or a heartbeat is due. Without a connection Ratis's own says so always, and its thread goes
     * round without a pause while a follower is away: 100,000 times within seconds, for each group.
     */
    @Override
    public boolean shouldSendAppendEntries() {
        if (hasAppendEntries()) {
            return true;
        }
        creditCommitted();
        return getHeartbeatWaitTimeMs() <= 0;
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
        if (lastNotification != null) {
            sleep(NOTIFICATION_PAUSE_MILLIS - lastNotification.elapsedTimeMs());
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
