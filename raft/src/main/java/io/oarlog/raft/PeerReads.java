package io.oarlog.raft;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;

/**
 * Asks other replicas of a group, on connections of its own. Confined to its caller, who waits.
 *
 * <p>A request is a stale read: the one that Ratis lets any replica answer, leader or not, without an entry.
 */
final class PeerReads implements Closeable {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
    /** A replica that found no leader since it was started knows of no committed entry, and is asked all the same. */
    private static final long NOTHING_COMMITTED = -1;

    private final RaftClient client;

    /** Does not connect yet. */
    PeerReads(RaftGroup group) {
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(
                properties, TimeDuration.valueOf(REQUEST_LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        this.client = RaftClient.newBuilder()
                .setRaftGroup(group)
                .setProperties(properties)
                .setRetryPolicy(RetryPolicies.noRetry())
                .build();
    }

    /**
     * Waits for the answer of one replica.
     *
     * @throws IOException when it does not answer in time, or refuses
     */
    ByteBuffer ask(RaftPeerId peer, ByteBuffer request) throws IOException {
        RaftClientReply reply = client.io()
                .sendStaleRead(Message.valueOf(UnsafeByteOperations.unsafeWrap(request)), NOTHING_COMMITTED, peer);
        if (!reply.isSuccess()) {
            throw new IOException("node " + peer + ": " + reply.getException());
        }
        return reply.getMessage().getContent().asReadOnlyByteBuffer();
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
