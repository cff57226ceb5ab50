package io.oarlog.raft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the metadata group led by another node, and changes its members, wherever its leader is. Thread-safe. */
final class MetadataMembers {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataMembers.class);
    private static final int HAND_OVER_ATTEMPTS = 3;
    private static final int REMOVAL_ATTEMPTS = 20;
    private static final long REMOVAL_PAUSE_MILLIS = 300;

    private final RaftServer server;
    private final ClusterPeers peers;
    private final LongSupplier callIds;
    private final Executor pool;
    private final Duration transferLimit;
    private final ClientId clientId = ClientId.randomId();

    /**
     * @param pool begins transfers of what is led here
     * @param transferLimit how long the metadata may take no entries while it is handed over
     */
    MetadataMembers(
            RaftServer server, ClusterPeers peers, LongSupplier callIds, Executor pool, Duration transferLimit) {
        this.server = server;
        this.peers = peers;
        this.callIds = callIds;
        this.pool = pool;
        this.transferLimit = transferLimit;
    }

    private RaftServer.@Nullable Division division() {
        return RaftDivisions.find(server, GroupIds.METADATA);
    }

    /** Has another node lead, if this one does and one is close behind. */
    CompletableFuture<Void> handOver() {
        return handOver(HAND_OVER_ATTEMPTS);
    }

    private CompletableFuture<Void> handOver(int attempts) {
        Optional<RaftPeerId> successor = Followers.of(division()).all().stream()
                .filter(Followers.Follower::isNext)
                .min(Comparator.comparingLong(Followers.Follower::missingEntries))
                .map(Followers.Follower::peer);
        if (successor.isEmpty() || attempts == 0) {
            return CompletableFuture.completedFuture(null);
        }
        TransferLeadershipRequest request = new TransferLeadershipRequest(
                clientId,
                server.getId(),
                GroupIds.METADATA,
                callIds.getAsLong(),
                successor.get(),
                transferLimit.toMillis());
        try {
            return LeaderTransfer.send(server, request)
                    .thenComposeAsync(
                            reply -> reply.isSuccess()
                                    ? CompletableFuture.completedFuture(null)
                                    : handOver(attempts - 1),
                            pool);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Takes a node out; waits for some seconds at most.
     *
     * @throws IllegalArgumentException when there is no such node
     * @throws UncheckedIOException when it is not known to be out
     */
    void remove(int node) {
        LOG.atInfo()
                .addKeyValue("node", peers.of(node))
                .addKeyValue("members", peers.all().values())
                .log("a node is removed from the cluster");
        IOException last = new IOException("node " + node + " leads the metadata, and no other one is close behind it");
        for (int attempt = 0; attempt < REMOVAL_ATTEMPTS && peers.all().containsKey(node); attempt++) {
            try {
                tryToRemove(node);
            } catch (IOException e) {
                LOG.atDebug().setCause(e).log("not removed yet; tried again");
                last = e;
            }
            pause();
        }
        if (peers.all().containsKey(node)) {
            throw new UncheckedIOException(last.getMessage(), last);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(REMOVAL_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    private void tryToRemove(int node) throws IOException {
        RaftServer.Division division = division();
        RaftPeerId leader = division == null ? null : division.getInfo().getLeaderId();
        if (leader == null) {
            throw new IOException("the metadata has no leader");
        } else if (leader.equals(server.getId()) && PeerIds.nodeOf(leader) == node) {
            handOver().join();
        } else if (PeerIds.nodeOf(leader) == node) {
            // This node instead: those who wait for the one that goes would only find out that it is gone.
            new LeadershipTransfer(peers.metadataGroup()).to(server.getId(), transferLimit);
        } else {
            List<RaftPeer> members = List.copyOf(peers.all().values());
            change(members, without(node, members), leader);
        }
    }

    static List<RaftPeer> without(int node, List<RaftPeer> members) {
        return new ArrayList<>(members.stream()
                .filter(peer -> PeerIds.nodeOf(peer.getId()) != node)
                .toList());
    }

    /**
     * Has the leader change the members, unless they have changed meanwhile. Waits.
     *
     * @throws IOException when it is not known to be done; another look tells
     */
    static void change(List<RaftPeer> members, List<RaftPeer> next, RaftPeerId leader) throws IOException {
        try (RaftClient client = MetadataInquiry.client(members, leader)) {
            requireSuccess(client.admin()
                    .setConfiguration(SetConfigurationRequest.Arguments.newBuilder()
                            .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                            .setServersInCurrentConf(members)
                            .setServersInNewConf(next)
                            .build()));
        }
    }

    static void requireSuccess(RaftClientReply reply) throws IOException {
        if (!reply.isSuccess()) {
            throw new IOException(String.valueOf(reply.getException()), reply.getException());
        }
    }
}
