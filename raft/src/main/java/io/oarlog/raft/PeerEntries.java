package io.oarlog.raft;

import io.oarlog.log.InvalidBatchException;
import io.oarlog.log.RecordBatches;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;

/**
 * Fetches the bytes of a partition's entries from other nodes, one by one, for a replica that does not run. Confined to its
 * caller, who waits.
 *
 * <p>A request is a stale read of the partition's group: the one that Ratis lets any replica answer, leader or not, without an
 * entry.
 */
final class PeerEntries implements Closeable {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);

    /** A replica that found no leader since it was started knows of no committed entry, and is asked all the same. */
    private static final long NOTHING_COMMITTED = -1;

    private final RaftPeerId self;
    private final RaftClient client;
    /** The one that gave the last entry comes first. */
    private final List<RaftPeerId> peers;

    /**
     * Does not connect yet.
     *
     * @param self this node
     * @param peers nodes that may host the group, without this one
     */
    PeerEntries(RaftGroupId group, RaftPeerId self, Collection<RaftPeer> peers) {
        this.self = self;
        this.peers = new ArrayList<>(peers.stream().map(RaftPeer::getId).toList());
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(
                properties, TimeDuration.valueOf(REQUEST_LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        this.client = RaftClient.newBuilder()
                .setRaftGroup(RaftGroup.valueOf(group, peers))
                .setProperties(properties)
                .setRetryPolicy(RetryPolicies.noRetry())
                .build();
    }

    /**
     * Asks the nodes one after another until one has the entry.
     *
     * @param members of the group: when all others say that they do not have the entry, it was never committed
     * @return found, and what the header tells; below the start of the partition's log; or not in the log of any other member
     * @throws IOException when no node gave it, and some did not answer; says what each answered
     */
    StoredEntry fetch(RaftLogScan.Found entry, Collection<RaftPeerId> members) throws IOException {
        List<String> answers = new ArrayList<>();
        List<RaftPeerId> without = new ArrayList<>();
        boolean isBelowStart = false;
        for (RaftPeerId peer : List.copyOf(peers)) {
            try {
                StoredEntry answer = ask(peer, entry);
                if (answer.state() == StoredEntry.State.FOUND) {
                    peers.remove(peer);
                    peers.add(0, peer);
                    return answer;
                } else if (answer.state() == StoredEntry.State.BELOW_START) {
                    isBelowStart = true;
                } else {
                    answers.add("node " + peer + " does not have it");
                    without.add(peer);
                }
            } catch (IOException | RuntimeException e) {
                answers.add("node " + peer + ": " + e.getMessage());
            }
        }
        if (isBelowStart) {
            return StoredEntry.without(StoredEntry.State.BELOW_START);
        }
        List<RaftPeerId> others =
                members.stream().filter(member -> !member.equals(self)).toList();
        // A group of one has committed whatever it has.
        if (!others.isEmpty() && without.containsAll(others)) {
            return StoredEntry.without(StoredEntry.State.NOT_IN_LOG);
        }
        throw new IOException("no node gave Raft entry " + entry.index() + " of term " + entry.term() + ", offsets "
                + entry.header().baseOffset() + " to " + (entry.header().endOffset() - 1) + ": "
                + String.join("; ", answers));
    }

    private StoredEntry ask(RaftPeerId peer, RaftLogScan.Found entry) throws IOException {
        ByteBuffer request = new StoredEntryRequest(entry.index(), entry.term()).encode();
        RaftClientReply reply = client.io()
                .sendStaleRead(Message.valueOf(UnsafeByteOperations.unsafeWrap(request)), NOTHING_COMMITTED, peer);
        if (!reply.isSuccess()) {
            throw new IOException(String.valueOf(reply.getException()));
        }
        StoredEntry answer = StoredEntry.decode(reply.getMessage().getContent().asReadOnlyByteBuffer());
        if (answer.state() == StoredEntry.State.FOUND) {
            requireEntry(answer.data(), entry);
        }
        return answer;
    }

    /** What comes over the network is believed no more than what comes from the disk. */
    private static void requireEntry(ByteBuffer data, RaftLogScan.Found entry) throws IOException {
        try {
            entry.header()
                    .requireStored(RecordBatches.validate(data, Integer.MAX_VALUE), Math.toIntExact(entry.term()));
        } catch (InvalidBatchException | IllegalStateException e) {
            throw new IOException("what it has is another entry: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
