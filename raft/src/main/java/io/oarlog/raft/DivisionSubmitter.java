package io.oarlog.raft;

import io.oarlog.raft.PartitionAppender.EntryOutcome;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands entries to the group's division in process: the server's own call would make two thread hops. Confined to its
 * caller.
 */
final class DivisionSubmitter implements PartitionAppender.EntrySubmitter {
    private static final Logger LOG = LoggerFactory.getLogger(DivisionSubmitter.class);

    private final Supplier<RaftServer.Division> division;
    // Ratis's retry cache sees one client per term with rising call ids; it never has to answer for us.
    private @Nullable ClientId clientId;
    private long clientTerm = -1;
    private long callId;

    DivisionSubmitter(Supplier<RaftServer.Division> division) {
        this.division = division;
    }

    @Override
    public CompletableFuture<EntryOutcome> submit(JoinedEntry entry) {
        return submit(new PartitionStateMachine.EntryMessage(entry), entry::isPlaced);
    }

    /** As {@link #submit(JoinedEntry)}. */
    CompletableFuture<EntryOutcome> submit(ControlEntry entry) {
        // It may always have got a place: whoever hears otherwise asks again, which does no harm.
        return submit(new PartitionStateMachine.ControlMessage(entry), () -> true);
    }

    private CompletableFuture<EntryOutcome> submit(Message message, BooleanSupplier isPlaced) {
        RaftServer.Division target = division.get();
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(clientOfTerm(target.getInfo().getCurrentTerm()))
                .setServerId(target.getId())
                .setGroupId(target.getMemberId().getGroupId())
                .setCallId(callId++)
                .setMessage(message)
                .setType(RaftClientRequest.writeRequestType())
                .build();
        CompletableFuture<RaftClientReply> reply;
        try {
            // The division itself: the server's method makes two thread hops.
            reply = ((RaftClientAsynchronousProtocol) target).submitClientRequestAsync(request);
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.completedFuture(outcomeOf(isPlaced, e));
        }
        return reply.handle((r, failure) -> {
            if (failure != null) {
                return outcomeOf(isPlaced, failure instanceof CompletionException c ? c.getCause() : failure);
            }
            return r.isSuccess() ? EntryOutcome.COMMITTED : outcomeOf(isPlaced, r.getException());
        });
    }

    private ClientId clientOfTerm(long term) {
        ClientId current = clientId;
        if (current == null || clientTerm != term) {
            current = ClientId.randomId();
            clientId = current;
            clientTerm = term;
        }
        return current;
    }

    private static EntryOutcome outcomeOf(BooleanSupplier isPlaced, @Nullable Throwable failure) {
        // Once it has a place it may be committed by this leader or the next, whatever the exception says.
        if (isPlaced.getAsBoolean()) {
            return EntryOutcome.UNKNOWN;
        }
        if (failure instanceof StateMachineException
                && failure.getCause() instanceof PartitionStateMachine.StaleAdmissionException) {
            return EntryOutcome.STALE;
        }
        if (failure instanceof NotLeaderException
                || failure instanceof LeaderNotReadyException
                || failure instanceof LeaderSteppingDownException) {
            return EntryOutcome.NOT_LEADER;
        }
        if (failure instanceof ResourceUnavailableException) {
            return EntryOutcome.BUSY;
        }
        LOG.atWarn().setCause(failure).log("the group refused an entry before appending it");
        return EntryOutcome.NOT_LEADER;
    }
}
