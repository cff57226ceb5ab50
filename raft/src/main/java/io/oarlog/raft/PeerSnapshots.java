package io.oarlog.raft;

import java.io.Closeable;
import java.io.IOException;
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
 * The snapshots of one other node. Confined to its caller, who waits.
 *
 * <p>A request is a stale read of the metadata group: the one that Ratis lets the addressed server answer itself, without an
 * entry.
 */
final class PeerSnapshots implements SnapshotInstall.Source, Closeable {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
    private static final long NOTHING_COMMITTED = -1;

    private final RaftPeerId peer;
    private final RaftClient client;

    /** Does not connect yet. */
    PeerSnapshots(RaftGroup group, RaftPeerId peer) {
        this.peer = peer;
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(
                properties, TimeDuration.valueOf(REQUEST_LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        this.client = RaftClient.newBuilder()
                .setRaftGroup(group)
                .setProperties(properties)
                .setRetryPolicy(RetryPolicies.noRetry())
                .build();
    }

    @Override
    public SnapshotPiece ask(SnapshotPieceRequest request) throws IOException {
        RaftClientReply reply = client.io()
                .sendStaleRead(
                        Message.valueOf(UnsafeByteOperations.unsafeWrap(request.encode())), NOTHING_COMMITTED, peer);
        if (!reply.isSuccess()) {
            throw new IOException("node " + peer + ": " + reply.getException());
        }
        return SnapshotPiece.decode(reply.getMessage().getContent().asReadOnlyByteBuffer());
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
