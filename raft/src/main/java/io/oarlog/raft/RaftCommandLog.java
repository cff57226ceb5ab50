package io.oarlog.raft;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;

/**
 * Commands to a hosted state machine through a Raft client, which finds the leader and retries over leader changes.
 * Thread-safe. Not for record data.
 */
final class RaftCommandLog implements CommandLog, AutoCloseable {
    private static final TimeDuration RETRY_SLEEP = TimeDuration.valueOf(50, TimeUnit.MILLISECONDS);
    private static final TimeDuration REQUEST_TIMEOUT = TimeDuration.valueOf(3, TimeUnit.SECONDS);
    /** Retries end before the server's retry cache forgets the call, so that no command is applied twice. */
    private static final TimeDuration GIVE_UP = TimeDuration.valueOf(8, TimeUnit.SECONDS);

    private final RaftClient client;

    RaftCommandLog(RaftGroup group) {
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(properties, REQUEST_TIMEOUT);
        this.client = RaftClient.newBuilder()
                .setRaftGroup(group)
                .setProperties(properties)
                .setRetryPolicy(RetryPolicies.retryUpToMaximumCountWithFixedSleep(
                        (int) (GIVE_UP.toLong(TimeUnit.MILLISECONDS) / RETRY_SLEEP.toLong(TimeUnit.MILLISECONDS)),
                        RETRY_SLEEP))
                .build();
    }

    @Override
    public CompletableFuture<ByteBuffer> submit(ByteBuffer command) {
        return bounded(client.async().send(message(command)));
    }

    @Override
    public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
        return bounded(client.async().sendReadOnly(message(request)));
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

    @Override
    public void close() throws java.io.IOException {
        client.close();
    }
}
