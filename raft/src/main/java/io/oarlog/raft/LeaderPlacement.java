package io.oarlog.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks in intervals at the partitions that this node leads, gives their peers the priorities of {@link StandIns}, and hands
 * over to the one with the highest. The look is confined to the timer's thread; changes are made on the pool.
 *
 * <p>Raft's leader hands over by itself too, when such a peer has all entries; but under load it always misses some. A transfer
 * takes no entries until it is over.
 */
final class LeaderPlacement {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderPlacement.class);
    private static final long LOOK_MILLIS = 500;
    /**
     * A replica that could not lead within this, for its disk was short or it was away, may soon not be able again; and a node
     * that led within this may have been told to leave.
     */
    private static final Duration STEADY = Duration.ofSeconds(10);

    /** A transfer that failed cost its partition some time without entries: twice as long after each more. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private static final int MAX_DOUBLINGS = 5;
    /** Of a partition that is left; then its leadership ends with the node. */
    private static final int LEAVE_ATTEMPTS = 2;

    private static final int MAX_UNDER_WAY = 20;
    private static final int CHANGE_LIMIT_SECONDS = 30;

    private final RaftServer server;
    private final Supplier<Stream<RaftPartition>> partitions;
    private final IntFunction<DiskSpace> spaces;
    private final LongSupplier callIds;
    private final Executor pool;
    private final ScheduledExecutorService timer;
    private final Duration transferLimit;
    private final ClientId clientId = ClientId.randomId();
    private final long beganNanos = System.nanoTime();
    /** When a node was last seen unable to lead; confined to the timer's thread. */
    private final Map<Integer, Long> unfitNanos = new HashMap<>();

    private final Set<PartitionId> underWay = ConcurrentHashMap.newKeySet();
    /** The calls that failed since one did not. */
    private final Map<PartitionId, Failures> failures = new ConcurrentHashMap<>();
    /** What was handed over since it leaves: what comes back comes from others that leave as well. */
    private final Set<PartitionId> handedOver = ConcurrentHashMap.newKeySet();

    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final AtomicBoolean isLookDue = new AtomicBoolean();
    private volatile boolean isLeaving;

    private record Failures(int count, long lastNanos) {
        boolean isPauseOver() {
            long pause = AFTER_FAILURE.toNanos() << Math.min(count - 1, MAX_DOUBLINGS);
            return System.nanoTime() - lastNanos > pause;
        }
    }

    /**
     * Of one node.
     *
     * @param partitions that are hosted
     * @param spaces room on the disk of a node
     * @param pool for calls that may wait for this node's disk
     * @param timer one thread
     * @param transferLimit how long a partition may take no entries while it is handed over
     */
    LeaderPlacement(
            RaftServer server,
            Supplier<Stream<RaftPartition>> partitions,
            IntFunction<DiskSpace> spaces,
            LongSupplier callIds,
            Executor pool,
            ScheduledExecutorService timer,
            Duration transferLimit) {
        this.server = server;
        this.partitions = partitions;
        this.spaces = spaces;
        this.callIds = callIds;
        this.pool = pool;
        this.timer = timer;
        this.transferLimit = transferLimit;
    }

    void start() {
        var unused = timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Has others lead what this node leads, as far as they are close behind and a majority without it; each partition once.
     *
     * @return completes when there is none left to be handed over
     */
    CompletableFuture<Void> leave() {
        isLeaving = true;
        lookSoon();
        return left.copy();
    }

    private void lookSoon() {
        try {
            if (isLookDue.compareAndSet(false, true)) {
                timer.execute(() -> {
                    isLookDue.set(false);
                    look();
                });
            }
        } catch (RejectedExecutionException e) {
            left.complete(null); // the node is closed
        }
    }

    private void look() {
        failures.keySet().retainAll(partitions.get().map(RaftPartition::id).collect(Collectors.toSet()));
        boolean isAnyLeavable = false;
        for (RaftPartition partition : partitions.get().toList()) {
            isAnyLeavable |= lookAt(partition);
        }
        if (isLeaving && !isAnyLeavable) {
            left.complete(null);
        }
    }

    /** Whether it is led here and another could lead. */
    private boolean lookAt(RaftPartition partition) {
        if (!partition.isLeading()) {
            return false;
        } else if (underWay.size() >= MAX_UNDER_WAY || underWay.contains(partition.id())) {
            return true;
        }
        try {
            RaftServer.Division division = RaftDivisions.find(server, GroupIds.of(partition.id()));
            return division != null && look(partition.id(), division);
        } catch (RuntimeException e) {
            // Its leader changes just now; or a defect, which must not end the looks at the others.
            LOG.atDebug()
                    .addKeyValue("partition", partition.id())
                    .setCause(e)
                    .log("a leader could not be looked at; tried again soon");
            return true;
        }
    }

    private boolean look(PartitionId id, RaftServer.Division division) {
        StandIns standIns = standIns(division);
        standIns.unfit().forEach(node -> unfitNanos.put(node, System.nanoTime()));
        if (!isTimeFor(id)) {
            return false;
        }
        Optional<Map<Integer, Integer>> priorities = standIns.priorities(id.hashCode());
        Optional<Integer> successor = standIns.successor();
        if (priorities.isPresent()) {
            change(id, division, priorities.get());
        } else if (successor.isPresent()) {
            transfer(id, RaftDivisions.peerOf(division, successor.get()));
        }
        return priorities.isPresent() || standIns.hasHigherThanLeader();
    }

    private boolean isTimeFor(PartitionId id) {
        Failures failed = failures.get(id);
        if (isLeaving) {
            return !handedOver.contains(id) && (failed == null || failed.count() < LEAVE_ATTEMPTS);
        }
        return failed == null || failed.isPauseOver();
    }

    private StandIns standIns(RaftServer.Division division) {
        int leader = PeerIds.nodeOf(division.getId());
        Followers followers = Followers.of(division);
        long leadsNanos = TimeUnit.MILLISECONDS.toNanos(
                division.getInfo().getRoleInfoProto().getRoleElapsedTimeMs());
        Map<Integer, StandIns.Replica> replicas = new LinkedHashMap<>();
        for (RaftPeer peer : division.getRaftConf().getCurrentPeers()) {
            int node = PeerIds.nodeOf(peer.getId());
            Optional<Followers.Follower> follower = followers.find(peer.getId());
            StandIns.Replica replica = new StandIns.Replica(
                    node,
                    peer.getPriority(),
                    spaces.apply(node) == DiskSpace.AMPLE && !(isLeaving && node == leader),
                    node == leader
                            || follower.filter(Followers.Follower::isCloseBehind)
                                    .isPresent(),
                    node == leader
                            || follower.filter(Followers.Follower::isNext).isPresent(),
                    leadsNanos > STEADY.toNanos() && isSteady(node));
            // A node that came with another disk is there twice, until its former peer is gone.
            replicas.merge(node, replica, (one, other) -> one.isInTouch() ? one : other);
        }
        return new StandIns(List.copyOf(replicas.values()), leader);
    }

    /** After a start nothing was heard yet. */
    private boolean isSteady(int node) {
        return System.nanoTime() - unfitNanos.getOrDefault(node, beganNanos) > STEADY.toNanos();
    }

    private void change(PartitionId id, RaftServer.Division division, Map<Integer, Integer> priorities) {
        LOG.atInfo()
                .addKeyValue("partition", id)
                .addKeyValue("priorities", priorities)
                .log(
                        isLeaving
                                ? "another replica shall lead, this node stops"
                                : "another replica shall lead, by what the disks have left");
        List<RaftPeer> present = List.copyOf(division.getRaftConf().getCurrentPeers());
        List<RaftPeer> peers = present.stream()
                .map(peer -> RaftPeer.newBuilder(peer)
                        .setPriority(priorities.getOrDefault(PeerIds.nodeOf(peer.getId()), 0))
                        .build())
                .toList();
        begin(
                id,
                server::setConfigurationAsync,
                new SetConfigurationRequest(
                        clientId,
                        server.getId(),
                        GroupIds.of(id),
                        callIds.getAsLong(),
                        // Not when members have come or gone meanwhile: they would be undone.
                        SetConfigurationRequest.Arguments.newBuilder()
                                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                                .setServersInCurrentConf(present)
                                .setServersInNewConf(peers)
                                .build()));
    }

    private void transfer(PartitionId id, RaftPeerId successor) {
        if (isLeaving) {
            handedOver.add(id);
        }
        begin(
                id,
                request -> LeaderTransfer.send(server, request),
                new TransferLeadershipRequest(
                        clientId,
                        server.getId(),
                        GroupIds.of(id),
                        callIds.getAsLong(),
                        successor,
                        transferLimit.toMillis()));
    }

    /** What is asked of the group's division here. */
    private interface Call<R> {
        CompletableFuture<RaftClientReply> send(R request) throws IOException;
    }

    private <R extends RaftClientRequest> void begin(PartitionId id, Call<R> call, R request) {
        underWay.add(id);
        try {
            pool.execute(() -> submit(id, call, request));
        } catch (RejectedExecutionException e) {
            onEnded(id, null, e);
        }
    }

    private <R extends RaftClientRequest> void submit(PartitionId id, Call<R> call, R request) {
        try {
            var unused = call.send(request)
                    .orTimeout(CHANGE_LIMIT_SECONDS, TimeUnit.SECONDS)
                    .whenComplete((reply, failure) -> onEnded(id, reply, failure));
        } catch (IOException | RuntimeException e) {
            onEnded(id, null, e);
        }
    }

    private void onEnded(PartitionId id, @Nullable RaftClientReply reply, @Nullable Throwable failure) {
        underWay.remove(id);
        if (failure == null && reply != null && reply.isSuccess()) {
            failures.remove(id);
        } else {
            handedOver.remove(id);
            failures.merge(
                    id,
                    new Failures(1, System.nanoTime()),
                    (before, last) -> new Failures(before.count() + 1, last.lastNanos()));
            LOG.atInfo()
                    .addKeyValue("partition", id)
                    .setCause(failure != null || reply == null ? failure : reply.getException())
                    .log("leadership was not moved; tried again later");
        }
        // After the priorities comes the transfer, and then other partitions have their turn.
        lookSoon();
    }
}
