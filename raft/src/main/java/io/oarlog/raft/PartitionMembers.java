package io.oarlog.raft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the groups that this node leads other members, one step after another, see {@link MemberChange}. A new member is brought
 * to where the others are before it counts. Thread-safe; a step that is under way is not begun again.
 */
final class PartitionMembers {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionMembers.class);

    private final RaftServer server;
    private final IntFunction<RaftPeer> peers;
    private final LongSupplier callIds;
    private final Executor pool;
    private final long transferMillis;
    private final ClientId clientId = ClientId.randomId();
    private final Set<PartitionId> underWay = ConcurrentHashMap.newKeySet();
    /** Those that are brought to where the others are just now, before they become members. */
    private final Map<PartitionId, RaftPeerId> joining = new ConcurrentHashMap<>();

    private final Set<PartitionId> givenUp = ConcurrentHashMap.newKeySet();

    /**
     * @param peers by node id
     * @param pool for calls that may wait for this node's disk
     * @param transferMillis how long a partition may take no entries while it is handed over
     */
    PartitionMembers(
            RaftServer server, IntFunction<RaftPeer> peers, LongSupplier callIds, Executor pool, long transferMillis) {
        this.server = server;
        this.peers = peers;
        this.callIds = callIds;
        this.pool = pool;
        this.transferMillis = transferMillis;
    }

    /**
     * Makes the next step.
     *
     * @param nodes that are to have the replicas, the preferred leader first; each by the peer that it is now
     * @return completes with whether the group has these members, all of them in step; false when one step was made, or is under
     *     way, and this is to be asked again; fails when a step failed
     */
    CompletableFuture<Boolean> step(PartitionId id, RaftServer.Division division, List<Integer> nodes) {
        List<RaftPeer> wanted = nodes.stream().map(peers::apply).toList();
        List<RaftPeerId> target = wanted.stream().map(RaftPeer::getId).toList();
        Map<RaftPeerId, Integer> present = priorities(division.getRaftConf().getCurrentPeers());
        boolean isStable = division.getRaftConf().getPreviousPeers().isEmpty();
        RaftPeerId self = division.getId();
        RaftPeerId joins = joining.get(id);
        if (joins != null && !target.contains(joins)) {
            return giveUp(id, division, List.copyOf(present.keySet()));
        }
        Optional<MemberChange<RaftPeerId>> change = MemberChange.next(present, target, self, PeerIds::nodeOf);
        boolean isInTheWay = change.isEmpty() && MemberChange.isLeaderInTheWay(present, target, self);
        if (change.isEmpty() && !isInTheWay) {
            return CompletableFuture.completedFuture(isStable);
        }
        Optional<RaftPeerId> successor = isInTheWay ? successor(division, target) : Optional.empty();
        boolean isPossible = isStable && (!isInTheWay || successor.isPresent());
        if (!isPossible || !underWay.add(id)) {
            return CompletableFuture.completedFuture(false);
        }
        LOG.atInfo()
                .addKeyValue("partition", id)
                .addKeyValue("members", present.keySet())
                .addKeyValue("next", change.map(step -> step.priorities().keySet()))
                .addKeyValue("target", target)
                .log(isInTheWay ? "another replica shall lead, so that this one can go" : "the members change");
        change.flatMap(step -> step.priorities().keySet().stream()
                        .filter(peer -> !present.containsKey(peer))
                        .findFirst())
                .ifPresent(peer -> joining.put(id, peer));
        return CompletableFuture.completedFuture(id)
                .thenComposeAsync(
                        partition -> change.isPresent()
                                ? set(partition, division, change.get(), wanted)
                                : handOver(partition, successor.orElseThrow()),
                        pool)
                .thenApply(PartitionMembers::requireSuccess)
                .whenComplete((done, failure) -> {
                    joining.remove(id);
                    underWay.remove(id);
                });
    }

    /** Raft waits for a new member, however dead it is, for as long as there are records; with another leader it does not. */
    private CompletableFuture<Boolean> giveUp(PartitionId id, RaftServer.Division division, List<RaftPeerId> members) {
        Optional<RaftPeerId> successor = successor(division, members);
        if (successor.isEmpty() || !givenUp.add(id)) {
            return CompletableFuture.completedFuture(false);
        }
        LOG.atInfo().addKeyValue("partition", id).log("another replica shall lead, to give up a change of the members");
        return CompletableFuture.completedFuture(id)
                .thenComposeAsync(partition -> handOver(partition, successor.get()), pool)
                .thenApply(PartitionMembers::requireSuccess)
                .whenComplete((done, failure) -> givenUp.remove(id));
    }

    /** The first that could lead within a moment. */
    private static Optional<RaftPeerId> successor(RaftServer.Division division, List<RaftPeerId> target) {
        Followers followers = Followers.of(division);
        return target.stream()
                .filter(peer ->
                        followers.find(peer).filter(Followers.Follower::isNext).isPresent())
                .findFirst();
    }

    private static boolean requireSuccess(RaftClientReply reply) {
        if (!reply.isSuccess()) {
            throw new IllegalStateException(String.valueOf(reply.getException()));
        }
        return false;
    }

    private CompletableFuture<RaftClientReply> set(
            PartitionId id, RaftServer.Division division, MemberChange<RaftPeerId> change, List<RaftPeer> wanted) {
        List<RaftPeer> next = new ArrayList<>();
        // Those that go have the addresses by which the group knows them.
        Map<RaftPeerId, RaftPeer> known = new HashMap<>();
        division.getRaftConf().getCurrentPeers().forEach(peer -> known.put(peer.getId(), peer));
        wanted.forEach(peer -> known.put(peer.getId(), peer));
        change.priorities()
                .forEach((peer, priority) -> next.add(RaftPeer.newBuilder(Objects.requireNonNull(known.get(peer)))
                        .setPriority(priority)
                        .build()));
        SetConfigurationRequest request = new SetConfigurationRequest(
                clientId,
                server.getId(),
                GroupIds.of(id),
                callIds.getAsLong(),
                SetConfigurationRequest.Arguments.newBuilder()
                        .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                        .setServersInCurrentConf(
                                List.copyOf(division.getRaftConf().getCurrentPeers()))
                        .setServersInNewConf(next)
                        .build());
        try {
            return server.setConfigurationAsync(request);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<RaftClientReply> handOver(PartitionId id, RaftPeerId successor) {
        try {
            return LeaderTransfer.send(
                    server,
                    new TransferLeadershipRequest(
                            clientId, server.getId(), GroupIds.of(id), callIds.getAsLong(), successor, transferMillis));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Map<RaftPeerId, Integer> priorities(Collection<RaftPeer> peers) {
        Map<RaftPeerId, Integer> priorities = new LinkedHashMap<>();
        peers.forEach(peer -> priorities.put(peer.getId(), peer.getPriority()));
        return priorities;
    }
}
