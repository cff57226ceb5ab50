package io.oarlog.raft;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * Ratis's view of a {@link ReplicatedStateMachine}: commands are the Raft log's data. Beside them it takes the notices that
 * nodes send each other, see {@link SpaceNotices}.
 */
final class HostedStateMachine extends BaseStateMachine {
    private final ReplicatedStateMachine machine;
    private final PeerSpaces peerSpaces;
    private final CommitNotices commits;

    HostedStateMachine(ReplicatedStateMachine machine, PeerSpaces peerSpaces, CommitNotices commits) {
        this.machine = machine;
        this.peerSpaces = peerSpaces;
        this.commits = commits;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        ByteBuffer result = machine.apply(
                entry.getIndex(), entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        commits.onApplied();
        return CompletableFuture.completedFuture(Message.valueOf(UnsafeByteOperations.unsafeWrap(result)));
    }

    @Override
    public CompletableFuture<Message> query(Message request) {
        ByteBuffer result = machine.query(request.getContent().asReadOnlyByteBuffer());
        return CompletableFuture.completedFuture(Message.valueOf(UnsafeByteOperations.unsafeWrap(result)));
    }

    @Override
    public CompletableFuture<Message> queryStale(Message notice, long minIndex) {
        SpaceNotices.receive(notice.getContent().asReadOnlyByteBuffer(), peerSpaces);
        return CompletableFuture.completedFuture(Message.EMPTY);
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
