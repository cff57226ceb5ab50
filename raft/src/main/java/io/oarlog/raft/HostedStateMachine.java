package io.oarlog.raft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * Ratis's view of a {@link ReplicatedStateMachine}: commands are the Raft log's data, {@link MachineSnapshots} what stands for
 * those that are purged. Beside them it takes the notices that nodes send each other, see {@link SpaceNotices}.
 */
final class HostedStateMachine extends BaseStateMachine {
    private final ReplicatedStateMachine machine;
    private final MachineSnapshots snapshots;
    private final PeerSpaces peerSpaces;
    private final CommitNotices commits;
    private final Function<ReplicaRequest, CompletableFuture<ByteBuffer>> replicas;
    private final Executor readPool;
    private final InstallNotifications installs;
    private final Consumer<Throwable> onFailure;

    /**
     * @param replicas answers other nodes what this one has of a partition
     * @param readPool reads snapshots for other nodes
     * @param snapshotPool of one thread; copies snapshots of other nodes
     * @param onFailure told why this replica cannot go on: Ratis closes it, or leaves it with a log that takes nothing more.
     *     On a thread of Ratis's that must not wait; maybe more than once
     */
    HostedStateMachine(
            ReplicatedStateMachine machine,
            MachineSnapshots snapshots,
            PeerSpaces peerSpaces,
            CommitNotices commits,
            Function<ReplicaRequest, CompletableFuture<ByteBuffer>> replicas,
            Executor readPool,
            Executor snapshotPool,
            Consumer<Throwable> onFailure) {
        this.machine = machine;
        this.snapshots = snapshots;
        this.peerSpaces = peerSpaces;
        this.commits = commits;
        this.replicas = replicas;
        this.readPool = readPool;
        this.onFailure = onFailure;
        this.installs = new InstallNotifications(snapshots, snapshotPool);
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage) throws IOException {
        super.initialize(server, groupId, storage);
        getLifeCycle().startAndTransition(() -> open(server, groupId, storage), IOException.class);
    }

    private void open(RaftServer server, RaftGroupId groupId, RaftStorage storage) throws IOException {
        snapshots.openGroup(storage.getStorageDir().getRoot().toPath(), index -> purge(server, groupId, index));
        restore();
    }

    private void restore() throws IOException {
        snapshots.restoreLatest().ifPresent(this::setLastAppliedTermIndex);
    }

    private static void purge(RaftServer server, RaftGroupId groupId, long index) {
        RaftServer.Division division = RaftDivisions.find(server, groupId);
        if (division != null && index >= 0) {
            var unused = division.getRaftLog().purge(index);
        }
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        TermIndex latest = snapshots.ownLatest();
        // Ratis sends no files of it.
        return latest == null ? null : new FileListSnapshotInfo(List.of(), latest);
    }

    /** Before {@link #reinitialize}; a command may still be applied. */
    @Override
    public void pause() {
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            return;
        }
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    /** Goes on with the newest snapshot, which was copied from the leader; on the apply thread. */
    @Override
    public void reinitialize() throws IOException {
        try {
            restore();
        } catch (IOException | RuntimeException e) {
            onFailure.accept(e);
            throw e;
        }
        getLifeCycle().transition(LifeCycle.State.STARTING);
        getLifeCycle().transition(LifeCycle.State.RUNNING);
    }

    /**
     * The leader has purged entries that this node needs, or begins with a new member.
     *
     * @return the snapshot to go on with, durable here; null when the leader's has nothing new. It fails while there is none
     *     yet; Ratis asks again
     */
    @Override
    public CompletableFuture<@Nullable TermIndex> notifyInstallSnapshotFromLeader(
            RoleInfoProto role, TermIndex firstInLeadersLog) {
        RaftPeerId leader = RaftPeerId.valueOf(
                role.getFollowerInfo().getLeaderInfo().getId().getId());
        return installs.onNotification(leader, getLastAppliedTermIndex().getIndex(), () -> copy(leader));
    }

    private Optional<TermIndex> copy(RaftPeerId leader) throws IOException {
        RaftServer.Division division = RaftDivisions.find(getServer().join(), getGroupId());
        if (division == null || getLifeCycleState() != LifeCycle.State.RUNNING) {
            // What was copied last must be what is restored, and not a newer one.
            throw new IOException("the node stops, or the last snapshot copied is still being restored");
        }
        RaftGroup group = RaftGroup.valueOf(getGroupId(), division.getRaftConf().getAllPeers());
        try (PeerReads reads = new PeerReads(group)) {
            return new SnapshotInstall(
                            snapshots,
                            request -> SnapshotPiece.decode(reads.ask(leader, request.encode())),
                            () -> leader.equals(division.getInfo().getLeaderId()) && !snapshots.isClosed())
                    .run(getLastAppliedTermIndex().getIndex());
        }
    }

    /** Under the Raft log's lock: the command will have the next index. */
    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) {
        RaftClientRequest request = transaction.getClientRequest();
        RaftServer.Division division = RaftDivisions.find(getServer().join(), getGroupId());
        if (request != null && division != null) {
            commits.onAppend(
                    SubmitterIds.nodeOf(request.getClientId()),
                    division.getRaftLog().getNextIndex());
        }
        return transaction;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        ByteString command = entry.getStateMachineLogEntry().getLogData();
        ByteBuffer result;
        try {
            result = machine.apply(entry.getTerm(), entry.getIndex(), command.asReadOnlyByteBuffer());
        } catch (RuntimeException e) {
            onFailure.accept(e);
            throw e;
        }
        TermIndex position = TermIndex.valueOf(entry);
        updateLastAppliedTermIndex(position);
        commits.onApplied();
        snapshots.onApplied(position, command.size());
        return CompletableFuture.completedFuture(Message.valueOf(UnsafeByteOperations.unsafeWrap(result)));
    }

    @Override
    public CompletableFuture<Message> query(Message request) {
        ByteBuffer result = machine.query(request.getContent().asReadOnlyByteBuffer());
        return CompletableFuture.completedFuture(Message.valueOf(UnsafeByteOperations.unsafeWrap(result)));
    }

    @Override
    public CompletableFuture<Message> queryStale(Message message, long minIndex) {
        ByteBuffer content = message.getContent().asReadOnlyByteBuffer();
        if (SnapshotPieceRequest.isRequest(content)) {
            return CompletableFuture.supplyAsync(() -> read(SnapshotPieceRequest.decode(content)), readPool);
        }
        if (AdmissionRequest.isRequest(content)) {
            RaftServer.Division division = RaftDivisions.find(getServer().join(), getGroupId());
            if (division == null || !division.getInfo().isLeaderReady()) {
                // What it has applied may be old.
                return CompletableFuture.failedFuture(new IOException("this node does not lead, or has just begun to"));
            }
            AdmissionRequest request = AdmissionRequest.decode(content);
            return CompletableFuture.completedFuture(Message.valueOf(
                    UnsafeByteOperations.unsafeWrap(AdmissionRequest.answer(machine.refusal(
                            request.node(),
                            request.name().toString(),
                            request.formerName().map(RaftPeerId::toString))))));
        }
        if (ReplicaRequest.isRequest(content)) {
            return replicas.apply(ReplicaRequest.decode(content))
                    .thenApply(answer -> Message.valueOf(UnsafeByteOperations.unsafeWrap(answer)));
        }
        SpaceNotices.receive(content, peerSpaces);
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    private Message read(SnapshotPieceRequest request) {
        try {
            return Message.valueOf(
                    UnsafeByteOperations.unsafeWrap(snapshots.read(request).encode()));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto failedEntry) {
        onFailure.accept(cause);
    }

    @Override
    public void notifyLeaderReady() {
        machine.onLeadership(true);
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        machine.onLeadership(false);
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId newLeader) {
        if (!member.getPeerId().equals(newLeader)) {
            machine.onLeadership(false);
        }
    }
}
