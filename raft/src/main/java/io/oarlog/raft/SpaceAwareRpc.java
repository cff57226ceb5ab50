package io.oarlog.raft;

import java.util.function.Predicate;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * Ratis's gRPC with {@link DurableReplies} and {@link DurableCandidacy}, a {@link SpaceAwareAppender} for each follower of a partition and a
 * {@link PromptAppender} for those of the metadata group. Immutable. Ratis makes one, by its name.
 */
final class SpaceAwareRpc implements RpcType {
    private static final String PEERS_KEY = "oarlog.peer-spaces";
    private static final String COMMITS_KEY = "oarlog.commit-notices";
    private static final String ELECTIONS_KEY = "oarlog.election-states";
    private static final String STRANGERS_KEY = "oarlog.strangers";
    private static final String TRAFFIC_KEY = "oarlog.watched-traffic";

    /** Which peers are none of the cluster's. Thread-safe, and asked at each message. */
    @FunctionalInterface
    interface Strangers extends Predicate<RaftPeerId> {}

    /** What a server has to be built with beside this type. */
    static Parameters parameters(
            PeerSpaces peers,
            CommitNotices commits,
            ElectionStates elections,
            Strangers strangers,
            WatchedTraffic traffic,
            ConnectionEnds connectionEnds) {
        Parameters parameters = new Parameters();
        GrpcConfigKeys.Server.setServicesCustomizer(parameters, connectionEnds);
        parameters.put(PEERS_KEY, peers, PeerSpaces.class);
        parameters.put(COMMITS_KEY, commits, CommitNotices.class);
        parameters.put(ELECTIONS_KEY, elections, ElectionStates.class);
        parameters.put(STRANGERS_KEY, strangers, Strangers.class);
        parameters.put(TRAFFIC_KEY, traffic, WatchedTraffic.class);
        return parameters;
    }

    @Override
    public String name() {
        return SpaceAwareRpc.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return new Factory(
                parameters,
                parameters.getNonNull(PEERS_KEY, PeerSpaces.class),
                parameters.getNonNull(COMMITS_KEY, CommitNotices.class),
                parameters.getNonNull(ELECTIONS_KEY, ElectionStates.class),
                parameters.getNonNull(STRANGERS_KEY, Strangers.class),
                parameters.getNonNull(TRAFFIC_KEY, WatchedTraffic.class));
    }

    static final class Factory extends GrpcFactory {
        private final PeerSpaces peers;
        private final CommitNotices commits;
        private final ElectionStates elections;
        private final Strangers strangers;
        private final WatchedTraffic traffic;

        Factory(
                Parameters parameters,
                PeerSpaces peers,
                CommitNotices commits,
                ElectionStates elections,
                Strangers strangers,
                WatchedTraffic traffic) {
            super(parameters);
            this.peers = peers;
            this.commits = commits;
            this.elections = elections;
            this.strangers = strangers;
            this.traffic = traffic;
        }

        WatchedTraffic traffic() {
            return traffic;
        }

        @Override
        public GrpcServices newRaftServerRpc(RaftServer server) {
            GrpcServices rpc =
                    super.newRaftServerRpc(new DurableReplies(server, elections, strangers, traffic.commits()));
            return new DurableCandidacy((GrpcServicesImpl) rpc, server, elections, strangers);
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            boolean isMetadata = server.getMemberId().getGroupId().equals(GroupIds.METADATA);
            return isMetadata
                    ? new PromptAppender(server, state, follower, traffic.appenders(), commits)
                    : new SpaceAwareAppender(server, state, follower, traffic.appenders(), peers);
        }
    }
}
