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

    @Override
    public GrpcServicesImpl getServerRpc() {
        return ((DurableCandidacy) getServer().getRaftServer().getServerRpc()).rpc();
    }
}
