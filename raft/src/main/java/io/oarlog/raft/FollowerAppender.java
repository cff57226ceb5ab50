package io.oarlog.raft;

import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;

/** Ratis's appender of a server whose gRPC is inside a {@link DurableCandidacy}. */
abstract class FollowerAppender extends GrpcLogAppender {
    FollowerAppender(RaftServer.Division server, LeaderState leaderState, FollowerInfo follower) {
        super(server, leaderState, follower);
    }

    /**
     * When there is something to send, or a heartbeat is due. Without a connection Ratis's own says so always, and its thread goes
     * round without a pause while a follower is away: 100,000 times within seconds, for each group.
     */
    @Override
    public boolean shouldSendAppendEntries() {
        return hasAppendEntries() || getHeartbeatWaitTimeMs() <= 0;
    }

    @Override
    public GrpcServicesImpl getServerRpc() {
        return ((DurableCandidacy) getServer().getRaftServer().getServerRpc()).rpc();
    }
}
