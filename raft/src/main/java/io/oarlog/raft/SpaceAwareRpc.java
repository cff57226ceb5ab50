package io.oarlog.raft;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * Ratis's gRPC with {@link DurableReplies}, and a {@link SpaceAwareAppender} for each follower of a partition. Immutable. Ratis
 * makes one, by its name.
 */
final class SpaceAwareRpc implements RpcType {
    private static final String PEERS_KEY = "oarlog.peer-spaces";

    /** What a server has to be built with beside this type. */
    static Parameters parameters(PeerSpaces peers) {
        Parameters parameters = new Parameters();
        parameters.put(PEERS_KEY, peers, PeerSpaces.class);
        return parameters;
    }

    @Override
    public String name() {
        return SpaceAwareRpc.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return new Factory(parameters, parameters.getNonNull(PEERS_KEY, PeerSpaces.class));
    }

    private static final class Factory extends GrpcFactory {
        private final PeerSpaces peers;

        Factory(Parameters parameters, PeerSpaces peers) {
            super(parameters);
            this.peers = peers;
        }

        @Override
        public GrpcServices newRaftServerRpc(RaftServer server) {
            return super.newRaftServerRpc(new DurableReplies(server));
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            boolean isMetadata = server.getMemberId().getGroupId().equals(GroupIds.METADATA);
            return isMetadata
                    ? super.newLogAppender(server, state, follower)
                    : new SpaceAwareAppender(server, state, follower, peers);
        }
    }
}
