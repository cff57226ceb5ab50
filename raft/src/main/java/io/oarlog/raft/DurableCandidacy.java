package io.oarlog.raft;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.util.ProtoUtils;

/**
 * Ratis's gRPC as its servers see it, which asks for votes when the candidate's own vote is in its {@link ElectionStates}, and only for
 * so many partitions at a time as {@link Candidacies} lets stand. Thread-safe.
 */
final class DurableCandidacy implements GrpcServices {
    /** As many as two cores get on with. */
    private static final int MAX_CANDIDACIES = 8;

    private final GrpcServicesImpl rpc;
    private final RaftServer server;
    private final ElectionStates elections;
    private final SpaceAwareRpc.Strangers strangers;
    private final Candidacies candidacies;

    DurableCandidacy(
            GrpcServicesImpl rpc, RaftServer server, ElectionStates elections, SpaceAwareRpc.Strangers strangers) {
        this.strangers = strangers;
        this.rpc = rpc;
        this.server = server;
        this.elections = elections;
        this.candidacies = new Candidacies(MAX_CANDIDACIES, this::isCandidate, System::nanoTime);
    }

    private boolean isCandidate(RaftGroupId group) {
        RaftServer.Division division = RaftDivisions.find(server, group);
        return division != null && division.getInfo().getCurrentRole() == RaftPeerRole.CANDIDATE;
    }

    /** What Ratis's appenders send with. */
    GrpcServicesImpl rpc() {
        return rpc;
    }

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        RaftGroupId group = ProtoUtils.toRaftGroupId(request.getServerRequest().getRaftGroupId());
        RaftPeerId voter = RaftPeerId.valueOf(request.getServerRequest().getReplyId());
        if (!group.equals(GroupIds.METADATA) && strangers.test(voter)) {
            throw new IOException("the vote of " + voter + " counts no more: its disk was given up");
        }
        if (request.getPreVote()) {
            if (!group.equals(GroupIds.METADATA) && !candidacies.mayStand(group)) {
                throw new IOException("too many replicas of this node stand for election");
            }
        } else {
            RaftServer.Division division = server.getDivision(group);
            String self = division.getId().toString();
            elections.settle(division, new ElectionState(request.getCandidateTerm(), self));
        }
        return rpc.requestVote(request);
    }

    // All else is gRPC's own.

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
        return rpc.appendEntries(request);
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        return rpc.installSnapshot(request);
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
            throws IOException {
        return rpc.startLeaderElection(request);
    }

    @Override
    public RaftServerAsynchronousProtocol async() {
        return rpc.async();
    }

    @Override
    public void handleException(RaftPeerId serverId, Exception e, boolean reconnect) {
        rpc.handleException(serverId, e, reconnect);
    }

    @Override
    public void notifyNotLeader(RaftGroupId groupId) {
        rpc.notifyNotLeader(groupId);
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {
        rpc.addRaftPeers(peers);
    }

    @Override
    public RpcType getRpcType() {
        return rpc.getRpcType();
    }

    @Override
    public void start() throws IOException {
        rpc.start();
    }

    @Override
    public InetSocketAddress getInetSocketAddress() {
        return rpc.getInetSocketAddress();
    }

    @Override
    public InetSocketAddress getClientServerAddress() {
        return rpc.getClientServerAddress();
    }

    @Override
    public InetSocketAddress getAdminServerAddress() {
        return rpc.getAdminServerAddress();
    }

    @Override
    public void close() throws IOException {
        rpc.close();
    }
}
