package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.client.api.AsyncApi;
import org.apache.ratis.client.retry.RequestTypeDependentRetryPolicy;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.RaftClientRequestProto.TypeCase;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands to a hosted state machine: in process while this node leads, else through a Raft client, which finds the leader
 * and retries over leader changes. Thread-safe. Not for record data.
 */
final class RaftCommandLog implements CommandLog, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaftCommandLog.class);
    private static final TimeDuration RETRY_SLEEP = TimeDuration.valueOf(50, TimeUnit.MILLISECONDS);
    private static final TimeDuration REQUEST_TIMEOUT = TimeDuration.valueOf(3, TimeUnit.SECONDS);
    /** No attempt begins later than this after the first one. */
    private static final TimeDuration GIVE_UP = TimeDuration.valueOf(8, TimeUnit.SECONDS);
    /**
     * All attempts of a client have ended after this. Servers have to remember its call for longer, so that it does not get into
     * the log twice.
     */
    static final TimeDuration RETRIES_END = GIVE_UP.add(REQUEST_TIMEOUT).multiply(2);

    private final Supplier<RaftGroup> group;
    private final int node;
    private final Supplier<RaftServer.@Nullable Division> division;
    private final ClientId localId;
    private final AtomicLong localCalls = new AtomicLong();
    // Guarded by this.
    private @Nullable RaftClient client;
    private boolean isClosed;

    /**
     * Connects to nobody yet.
     *
     * @param group as it is known now
     * @param node this one
     * @param division this node's member of the group; null before it is there
     */
    RaftCommandLog(Supplier<RaftGroup> group, int node, Supplier<RaftServer.@Nullable Division> division) {
        this.group = group;
        this.node = node;
        this.division = division;
        this.localId = SubmitterIds.newId(node);
    }

    /**
     * Begins with the leader that this node's replica knows: to find out that another one does not answer, a process that is
     * stopped for one, takes the client 3 s and 5 more to close the connection, which is all the time that there is.
     */
    private RaftClient newClient() {
        RaftServer.Division local = division.get();
        RaftPeerId known = local == null ? null : local.getInfo().getLeaderId();
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(properties, REQUEST_TIMEOUT);
        RetryPolicy sleep = RetryPolicies.retryForeverWithSleep(RETRY_SLEEP);
        return RaftClient.newBuilder()
                .setRaftGroup(group.get())
                .setClientId(SubmitterIds.newId(node))
                .setLeaderId(known)
                .setProperties(properties)
                // By time: an attempt ends at once when the connection is refused, and after seconds when nobody
                // answers.
                .setRetryPolicy(RequestTypeDependentRetryPolicy.newBuilder()
                        .setRetryPolicy(TypeCase.WRITE, sleep)
                        .setTimeout(TypeCase.WRITE, GIVE_UP)
                        .setRetryPolicy(TypeCase.READ, sleep)
                        .setTimeout(TypeCase.READ, GIVE_UP)
                        .setRetryPolicy(TypeCase.WATCH, sleep)
                        .setTimeout(TypeCase.WATCH, GIVE_UP)
                        .build())
                .build();
    }

    @Override
    public CompletableFuture<ByteBuffer> submit(ByteBuffer command) {
        return send(command, RaftClientRequest.writeRequestType(), AsyncApi::send);
    }

    @Override
    public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
        return send(request, RaftClientRequest.readRequestType(), AsyncApi::sendReadOnly);
    }

    private CompletableFuture<ByteBuffer> send(
            ByteBuffer content,
            RaftClientRequest.Type type,
            BiFunction<AsyncApi, Message, CompletableFuture<RaftClientReply>> call) {
        Message message = Message.valueOf(UnsafeByteOperations.unsafeWrap(content.duplicate()));
        RaftServer.Division local = division.get();
        if (local == null || !local.getInfo().isLeaderReady()) {
            return sendToLeader(message, call);
        }
        return sendHere(local, message, type)
                .<Supplier<CompletableFuture<ByteBuffer>>>handle(
                        (reply, failure) -> failure == null && reply.isSuccess()
                                ? () -> CompletableFuture.completedFuture(content(reply))
                                : () -> sendToLeader(message, call))
                .thenCompose(Supplier::get)
                .orTimeout(GIVE_UP.toLong(TimeUnit.MILLISECONDS), TimeUnit.MILLISECONDS);
    }

    /** Without the network, nor the two threads that the server's own method would hand it to. */
    private CompletableFuture<RaftClientReply> sendHere(
            RaftServer.Division local, Message message, RaftClientRequest.Type type) {
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(localId)
                .setServerId(local.getId())
                .setGroupId(local.getMemberId().getGroupId())
                .setCallId(localCalls.getAndIncrement())
                .setMessage(message)
                .setType(type)
                .build();
        try {
            return ((RaftClientAsynchronousProtocol) local).submitClientRequestAsync(request);
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<ByteBuffer> sendToLeader(
            Message message, BiFunction<AsyncApi, Message, CompletableFuture<RaftClientReply>> call) {
        RaftClient used = client();
        if (used == null) {
            return CompletableFuture.failedFuture(unknownOutcome(new IOException("this node stops")));
        }
        return bounded(call.apply(used.async(), message)).whenComplete((reply, failure) -> {
            if (failure != null) {
                replace(used);
            }
        });
    }

    private synchronized @Nullable RaftClient client() {
        if (client == null && !isClosed) {
            client = newClient();
        }
        return client;
    }

    /** A client that gave up one request fails all later ones as well: they keep their order. */
    private void replace(RaftClient failed) {
        synchronized (this) {
            if (isClosed || client != failed) {
                return;
            }
            client = null;
        }
        // Closing waits for the connections to end, and this may be a thread that serves one of them.
        Thread closer = new Thread(() -> close(failed), "close-raft-client");
        closer.setDaemon(true);
        closer.start();
    }

    private static CompletableFuture<ByteBuffer> bounded(CompletableFuture<RaftClientReply> reply) {
        return reply.orTimeout(GIVE_UP.toLong(TimeUnit.MILLISECONDS), TimeUnit.MILLISECONDS)
                .handle((r, failure) -> {
                    if (failure != null) {
                        throw unknownOutcome(failure);
                    }
                    if (!r.isSuccess()) {
                        throw unknownOutcome(r.getException());
                    }
                    return content(r);
                });
    }

    private static ByteBuffer content(RaftClientReply reply) {
        return reply.getMessage().getContent().asReadOnlyByteBuffer();
    }

    private static CompletionException unknownOutcome(Throwable cause) {
        TimeoutException timeout =
                new TimeoutException("the metadata group did not answer: no leader, or out of reach");
        timeout.initCause(cause);
        return new CompletionException(timeout);
    }

    /** Fails the commands that have no answer yet. Returns when the connections are closed, a few seconds later at most. */
    @Override
    public void close() {
        RaftClient last;
        synchronized (this) {
            isClosed = true;
            last = client;
        }
        // Without the lock: Ratis fails the commands on threads of its own, which come to replace(), and waits for
        // them.
        if (last != null) {
            close(last);
        }
    }

    private static void close(RaftClient client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.atWarn().setCause(e).log("could not close a Raft client in order");
        }
    }
}
