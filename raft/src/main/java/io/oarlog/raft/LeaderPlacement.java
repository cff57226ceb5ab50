package io.oarlog.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks in intervals at the partitions that this node leads, and gives their peers the priorities of {@link StandIns}. The
 * look is confined to the timer's thread; changes are made on the pool.
 */
final class LeaderPlacement {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderPlacement.class);
    private static final long LOOK_MILLIS = 500;
    /** Many heartbeats. */
    private static final long SILENCE_MILLIS = 3_000;
    /** A disk that had no room within this may soon have none again. */
    private static final Duration STEADY = Duration.ofSeconds(10);

    private static final int MAX_UNDER_WAY = 20;
    private static final int CHANGE_LIMIT_SECONDS = 30;

    private final RaftServer server;
    private final Supplier<Stream<RaftPartition>> partitions;
    private final IntFunction<DiskSpace> spaces;
    private final LongSupplier callIds;
    private final Executor pool;
    private final ClientId clientId = ClientId.randomId();
    private final long beganNanos = System.nanoTime();
    /** When a node's disk was seen without room last; confined to the timer's thread. */
    private final Map<Integer, Long> withoutRoomNanos = new ConcurrentHashMap<>();

    private final Set<PartitionId> underWay = ConcurrentHashMap.newKeySet();

    /**
     * Of one node.
     *
     * @param partitions that are hosted
     * @param spaces room on the disk of a node
     * @param pool for calls that may wait for this node's disk
     */
    LeaderPlacement(
            RaftServer server,
            Supplier<Stream<RaftPartition>> partitions,
            IntFunction<DiskSpace> spaces,
            LongSupplier callIds,
            Executor pool) {
        this.server = server;
        this.partitions = partitions;
        this.spaces = spaces;
        this.callIds = callIds;
        this.pool = pool;
    }

    void lookOnInterval(ScheduledExecutorService timer) {
        var unused = timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        partitions.get().forEach(partition -> {
            try {
                if (partition.isLeading() && underWay.size() < MAX_UNDER_WAY) {
                    look(partition);
                }
            } catch (RuntimeException e) {
                // Its leader changes just now; or a defect, which must not end the looks at the others.
                LOG.atDebug()
                        .addKeyValue("partition", partition.id())
                        .setCause(e)
                        .log("a leader could not be looked at; tried again soon");
            }
        });
    }

    private void look(RaftPartition partition) {
        RaftServer.Division division = RaftDivisions.find(server, GroupIds.of(partition.id()));
        if (division == null) {
            return;
        }
        StandIns standIns = standIns(division);
        standIns.withoutRoom().forEach(node -> withoutRoomNanos.put(node, System.nanoTime()));
        standIns.priorities(partition.id().hashCode()).ifPresent(priorities -> {
            if (underWay.add(partition.id())) {
                change(partition.id(), division, priorities);
            }
        });
    }

    private StandIns standIns(RaftServer.Division division) {
        int leader = nodeOf(division.getId().toString());
        Set<Integer> inTouch = division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                .filter(follower -> follower.getLastRpcElapsedTimeMs() < SILENCE_MILLIS)
                .map(ServerRpcProto::getId)
                .map(peer -> nodeOf(peer.getId().toStringUtf8()))
                .collect(Collectors.toSet());
        return new StandIns(
                division.getRaftConf().getCurrentPeers().stream()
                        .map(peer -> {
                            int node = nodeOf(peer.getId().toString());
                            return new StandIns.Replica(
                                    node,
                                    peer.getPriority(),
                                    spaces.apply(node) == DiskSpace.AMPLE,
                                    node == leader || inTouch.contains(node),
                                    isSteady(node));
                        })
                        .toList(),
                leader);
    }

    private static int nodeOf(String peerId) {
        return Integer.parseInt(peerId);
    }

    /** After a start nothing was heard yet. */
    private boolean isSteady(int node) {
        return System.nanoTime() - withoutRoomNanos.getOrDefault(node, beganNanos) > STEADY.toNanos();
    }

    private void change(PartitionId id, RaftServer.Division division, Map<Integer, Integer> priorities) {
        LOG.atInfo()
                .addKeyValue("partition", id)
                .addKeyValue("priorities", priorities)
                .log("another replica shall lead, by what the disks have left");
        List<RaftPeer> peers = division.getRaftConf().getCurrentPeers().stream()
                .map(peer -> RaftPeer.newBuilder(peer)
                        .setPriority(priorities.getOrDefault(nodeOf(peer.getId().toString()), 0))
                        .build())
                .toList();
        SetConfigurationRequest request = new SetConfigurationRequest(
                clientId,
                server.getId(),
                GroupIds.of(id),
                callIds.getAsLong(),
                SetConfigurationRequest.Arguments.newBuilder()
                        .setServersInNewConf(peers)
                        .build());
        try {
            pool.execute(() -> submit(id, request));
        } catch (RejectedExecutionException e) {
            onChanged(id, null, e);
        }
    }

    private void submit(PartitionId id, SetConfigurationRequest request) {
        try {
            var unused = server.setConfigurationAsync(request)
                    .orTimeout(CHANGE_LIMIT_SECONDS, TimeUnit.SECONDS)
                    .whenComplete((reply, failure) -> onChanged(id, reply, failure));
        } catch (IOException | RuntimeException e) {
            onChanged(id, null, e);
        }
    }

    private void onChanged(PartitionId id, @Nullable RaftClientReply reply, @Nullable Throwable failure) {
        underWay.remove(id);
        if (failure != null || reply == null || !reply.isSuccess()) {
            LOG.atInfo()
                    .addKeyValue("partition", id)
                    .setCause(failure != null || reply == null ? failure : reply.getException())
                    .log("priorities were not changed; tried again soon");
        }
    }
}
