package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.client.api.AsyncApi;
import org.apache.ratis.client.retry.RequestTypeDependentRetryPolicy;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.RaftClientRequestProto.TypeCase;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands to a hosted state machine through a Raft client, which finds the leader and retries over leader changes.
 * Thread-safe. Not for record data.
 */
final class RaftCommandLog implements CommandLog, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaftCommandLog.class);
    private static final TimeDuration RETRY_SLEEP = TimeDuration.valueOf(50, TimeUnit.MILLISECONDS);
    private static final TimeDuration REQUEST_TIMEOUT = TimeDuration.valueOf(3, TimeUnit.SECONDS);
    /** No attempt begins later than this after the first one. */
    private static final TimeDuration GIVE_UP = TimeDuration.valueOf(8, TimeUnit.SECONDS);
    /**
     * All attempts have ended after this. Servers have to remember a call for longer, so that no command is applied twice.
     */
    static final TimeDuration RETRIES_END = GIVE_UP.add(REQUEST_TIMEOUT).multiply(2);

    private final RaftGroup group;
    // Written under this object's monitor.
    private volatile RaftClient client;
    private boolean isClosed; // guarded by this

    RaftCommandLog(RaftGroup group) {
        this.group = group;
        this.client = newClient(group);
    }

    private static RaftClient newClient(RaftGroup group) {
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(properties, REQUEST_TIMEOUT);
        RetryPolicy sleep = RetryPolicies.retryForeverWithSleep(RETRY_SLEEP);
        return RaftClient.newBuilder()
                .setRaftGroup(group)
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
        return send(async -> async.send(message(command)));
    }

    @Override
    public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
        return send(async -> async.sendReadOnly(message(request)));
    }

    private CompletableFuture<ByteBuffer> send(Function<AsyncApi, CompletableFuture<RaftClientReply>> request) {
        RaftClient used = client;
        return bounded(request.apply(used.async())).whenComplete((reply, failure) -> {
            if (failure != null) {
                replace(used);
            }
        });
    }

    /** A client that gave up one request fails all later ones as well: they keep their order. */
    private void replace(RaftClient failed) {
        synchronized (this) {
            if (isClosed || client != failed) {
                return;
            }
            client = newClient(group);
        }
        // Closing waits for the connections to end, and this may be a thread that serves one of them.
        Thread closer = new Thread(() -> close(failed), "close-raft-client");
        closer.setDaemon(true);
        closer.start();
    }

    private static Message message(ByteBuffer bytes) {
        return Message.valueOf(UnsafeByteOperations.unsafeWrap(bytes.duplicate()));
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
                    return r.getMessage().getContent().asReadOnlyByteBuffer();
                });
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
        synchronized (this) {
            isClosed = true;
        }
        // Without the lock: Ratis fails the commands on threads of its own, which come to replace(), and waits for
        // them.
        close(client);
    }

    private static void close(RaftClient client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.atWarn().setCause(e).log("could not close a Raft client in order");
        }
    }
}
