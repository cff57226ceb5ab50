package io.oarlog.raft;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexReplyProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.GroupInfoRequest;
import org.apache.ratis.protocol.GroupListReply;
import org.apache.ratis.protocol.GroupListRequest;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.LeaderElectionManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.server.DataStreamServerRpc;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.ProtoUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Raft server as its RPC sees it, which answers when what it promises is on this disk: a leader's entries, and terms and votes
 * by {@link ElectionStates}. Ratis's own answers at once when it has the entries already, which are sent again after a broken
 * connection, though they may wait for their fsync: the leader would count this replica among the majority that has them
 * durably. A peer whose disk was given up is refused in the groups of partitions: where it takes part in one that does without it since,
 * it would depose the leader, and have entries cut that were acknowledged. Thread-safe.
 */
final class DurableReplies implements RaftServer {
    private static final Logger LOG = LoggerFactory.getLogger(DurableReplies.class);
    private static final int POLL_MILLIS = 5;

    private final RaftServer server;
    private final ElectionStates elections;
    private final SpaceAwareRpc.Strangers strangers;
    /** Of whom it is told: one line each. */
    private final Set<RaftPeerId> refused = ConcurrentHashMap.newKeySet();

    private final HeardCommits heard;
    private final Executor later = CompletableFuture.delayedExecutor(POLL_MILLIS, TimeUnit.MILLISECONDS, Runnable::run);

    DurableReplies(RaftServer server, ElectionStates elections, SpaceAwareRpc.Strangers strangers, HeardCommits heard) {
        this.strangers = strangers;
        this.server = server;
        this.elections = elections;
        this.heard = heard;
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
        return appendEntriesAsync(request).join();
    }

    @Override
    public CompletableFuture<AppendEntriesReplyProto> appendEntriesAsync(AppendEntriesRequestProto request)
            throws IOException {
        requireForThis(request.getServerRequest());
        CompletableFuture<AppendEntriesReplyProto> replied = server.appendEntriesAsync(request);
        return replied.thenCompose(reply -> {
            try {
                return durable(request, reply);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    /**
     * Not what is meant for the one that had this address, and perhaps this node's id, before: its promises are not this one's. And not
     * from one that is none of the cluster's any more, but in the metadata, which tells it so.
     */
    private void requireForThis(RaftRpcRequestProto request) throws IOException {
        if (!request.getReplyId().equals(getId().toByteString())) {
            throw new IOException(
                    "this is " + getId() + ", not " + request.getReplyId().toStringUtf8());
        }
        boolean isMetadata = ProtoUtils.toRaftGroupId(request.getRaftGroupId()).equals(GroupIds.METADATA);
        RaftPeerId requestor = RaftPeerId.valueOf(request.getRequestorId());
        if (!isMetadata && strangers.test(requestor)) {
            if (refused.add(requestor)) {
                LOG.atWarn()
                        .addKeyValue("peer", requestor)
                        .log("refused in the groups of partitions: it is none of the cluster's nodes, for its disk was"
                                + " given up, or this node has not heard of it yet");
            }
            throw new IOException(requestor + " is none of the cluster's nodes");
        }
    }

    private CompletableFuture<AppendEntriesReplyProto> durable(
            AppendEntriesRequestProto request, AppendEntriesReplyProto reply) throws IOException {
        heard.onAnswer(request, reply);
        Division division = division(request.getServerRequest());
        elections.settle(division, new ElectionState(reply.getTerm(), ElectionState.NOBODY));
        if (request.getEntriesCount() == 0 || reply.getResult() != AppendResult.SUCCESS) {
            return CompletableFuture.completedFuture(reply);
        }
        LogEntryProto last = request.getEntries(request.getEntriesCount() - 1);
        return awaitFlushed(division, last.getIndex(), last.getTerm()).thenApply(flushed -> reply);
    }

    private Division division(RaftRpcRequestProto request) throws IOException {
        return getDivision(ProtoUtils.toRaftGroupId(request.getRaftGroupId()));
    }

    /** Ratis tells nobody when it has flushed what it was not sent first. Completes at once in any other case. */
    private CompletableFuture<Void> awaitFlushed(Division division, long index, long term) {
        if (division.getRaftLog().getFlushIndex() >= index) {
            return CompletableFuture.completedFuture(null);
        }
        TermIndex found = division.getRaftLog().getTermIndex(index);
        if (!division.getInfo().isAlive() || found == null || found.getTerm() != term) {
            return CompletableFuture.failedFuture(
                    new IOException(division.getMemberId() + " did not flush entry " + index + " of term " + term));
        }
        return CompletableFuture.runAsync(() -> {}, later).thenCompose(done -> awaitFlushed(division, index, term));
    }

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        requireForThis(request.getServerRequest());
        RequestVoteReplyProto reply = server.requestVote(request);
        if (!request.getPreVote()) {
            RaftRpcRequestProto asked = request.getServerRequest();
            String votedFor =
                    reply.getServerReply().getSuccess() ? asked.getRequestorId().toStringUtf8() : ElectionState.NOBODY;
            elections.settle(division(asked), new ElectionState(reply.getTerm(), votedFor));
        }
        return reply;
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        requireForThis(request.getServerRequest());
        requireStarted(division(request.getServerRequest()), request.getLeaderTerm());
        InstallSnapshotReplyProto reply = server.installSnapshot(request);
        var unused = elections.settle(division(request.getServerRequest()));
        return reply;
    }

    /**
     * Ratis would make a follower of a replica that is about to become one by itself: its start fails then, and leaves the
     * directory locked. And of a leader that was deposed it would take over the members, though it refuses the rest.
     */
    private static void requireStarted(Division division, long leaderTerm) throws ServerNotReadyException {
        if (division.getInfo().getCurrentRole() == null) {
            throw new ServerNotReadyException(division.getMemberId() + " starts");
        } else if (leaderTerm < division.getInfo().getCurrentTerm()) {
            throw new ServerNotReadyException(division.getMemberId() + " has heard of a later term than " + leaderTerm);
        }
    }

    // All else is the server's own.

    @Override
    public RaftPeerId getId() {
        return server.getId();
    }

    @Override
    public RaftPeer getPeer() {
        return server.getPeer();
    }

    @Override
    public Iterable<RaftGroupId> getGroupIds() {
        return server.getGroupIds();
    }

    @Override
    public Iterable<RaftGroup> getGroups() throws IOException {
        return server.getGroups();
    }

    @Override
    public Division getDivision(RaftGroupId groupId) throws IOException {
        return server.getDivision(groupId);
    }

    @Override
    public RaftProperties getProperties() {
        return server.getProperties();
    }

    @Override
    public RaftServerRpc getServerRpc() {
        return server.getServerRpc();
    }

    @Override
    public DataStreamServerRpc getDataStreamServerRpc() {
        return server.getDataStreamServerRpc();
    }

    @Override
    public ServerFactory getFactory() {
        return server.getFactory();
    }

    @Override
    public void start() throws IOException {
        server.start();
    }

    @Override
    public LifeCycle.State getLifeCycleState() {
        return server.getLifeCycleState();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
            throws IOException {
        requireForThis(request.getServerRequest());
        return server.startLeaderElection(request);
    }

    @Override
    public CompletableFuture<ReadIndexReplyProto> readIndexAsync(ReadIndexRequestProto request) throws IOException {
        requireForThis(request.getServerRequest());
        return server.readIndexAsync(request);
    }

    @Override
    public RaftClientReply submitClientRequest(RaftClientRequest request) throws IOException {
        return server.submitClientRequest(request);
    }

    @Override
    public CompletableFuture<RaftClientReply> submitClientRequestAsync(RaftClientRequest request) throws IOException {
        return server.submitClientRequestAsync(request);
    }

    @Override
    public GroupListReply getGroupList(GroupListRequest request) throws IOException {
        return server.getGroupList(request);
    }

    @Override
    public GroupInfoReply getGroupInfo(GroupInfoRequest request) throws IOException {
        return server.getGroupInfo(request);
    }

    @Override
    public RaftClientReply groupManagement(GroupManagementRequest request) throws IOException {
        return server.groupManagement(request);
    }

    @Override
    public RaftClientReply snapshotManagement(SnapshotManagementRequest request) throws IOException {
        return server.snapshotManagement(request);
    }

    @Override
    public RaftClientReply leaderElectionManagement(LeaderElectionManagementRequest request) throws IOException {
        return server.leaderElectionManagement(request);
    }

    @Override
    public RaftClientReply setConfiguration(SetConfigurationRequest request) throws IOException {
        return server.setConfiguration(request);
    }

    @Override
    public RaftClientReply transferLeadership(TransferLeadershipRequest request) throws IOException {
        return server.transferLeadership(request);
    }

    @Override
    public CompletableFuture<GroupListReply> getGroupListAsync(GroupListRequest request) {
        return server.getGroupListAsync(request);
    }

    @Override
    public CompletableFuture<GroupInfoReply> getGroupInfoAsync(GroupInfoRequest request) {
        return server.getGroupInfoAsync(request);
    }

    @Override
    public CompletableFuture<RaftClientReply> groupManagementAsync(GroupManagementRequest request) {
        return server.groupManagementAsync(request);
    }

    @Override
    public CompletableFuture<RaftClientReply> snapshotManagementAsync(SnapshotManagementRequest request) {
        return server.snapshotManagementAsync(request);
    }

    @Override
    public CompletableFuture<RaftClientReply> leaderElectionManagementAsync(LeaderElectionManagementRequest request) {
        return server.leaderElectionManagementAsync(request);
    }

    @Override
    public CompletableFuture<RaftClientReply> setConfigurationAsync(SetConfigurationRequest request)
            throws IOException {
        return server.setConfigurationAsync(request);
    }

    @Override
    public CompletableFuture<RaftClientReply> transferLeadershipAsync(TransferLeadershipRequest request)
            throws IOException {
        return server.transferLeadershipAsync(request);
    }
}
