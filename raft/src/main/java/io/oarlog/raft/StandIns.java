package io.oarlog.raft;

import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
 * Lets another replica lead a partition while the disk of its leader has no room for records: as a leader it would refuse them,
 * as a follower it may fall behind. The priorities of the group's peers say so to all replicas: Raft's leader hands over to the
 * one with the highest as soon as that has all entries.
 *
 * <pre>
 * priority
 *        2  a stand-in, for as long as the preferred replica has no room
 *        1  the preferred replica
 *        0  all others
 * </pre>
 *
 * Looks at the partitions that this node leads, in intervals, on the timer's thread; waits for nothing.
 */
final class StandIns {
    static final int PREFERRED_PRIORITY = 1;
    static final int STAND_IN_PRIORITY = 2;

    private static final Logger LOG = LoggerFactory.getLogger(StandIns.class);
    private static final long LOOK_MILLIS = 500;
    /** Many heartbeats. */
    private static final long SILENCE_MILLIS = 3_000;

    private final RaftServer server;
    private final Supplier<Stream<RaftPartition>> partitions;
    private final IntFunction<DiskSpace> spaces;
    private final LongSupplier callIds;
    private final ClientId clientId = ClientId.randomId();
    private final Set<PartitionId> underWay = ConcurrentHashMap.newKeySet();

    /**
     * Of one node.
     *
     * @param partitions that are hosted
     * @param spaces room on the disk of a node
     */
    StandIns(
            RaftServer server,
            Supplier<Stream<RaftPartition>> partitions,
            IntFunction<DiskSpace> spaces,
            LongSupplier callIds) {
        this.server = server;
        this.partitions = partitions;
        this.spaces = spaces;
        this.callIds = callIds;
    }

    void lookOnInterval(ScheduledExecutorService timer) {
        var unused = timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            partitions.get().filter(RaftPartition::isLeading).forEach(this::look);
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("leaders could not be looked at; tried again soon");
        }
    }

    private void look(RaftPartition partition) {
        RaftServer.Division division = RaftDivisions.find(server, GroupIds.of(partition.id()));
        if (division == null) {
            return;
        }
        Set<String> inTouch = inTouch(division);
        List<Replica> replicas = division.getRaftConf().getCurrentPeers().stream()
                .map(peer -> new Replica(
                        Integer.parseInt(peer.getId().toString()),
                        peer.getPriority(),
                        spaces.apply(Integer.parseInt(peer.getId().toString())) == DiskSpace.AMPLE,
                        inTouch.contains(peer.getId().toString())))
                .toList();
        priorities(replicas, Integer.parseInt(division.getId().toString()))
                .ifPresent(priorities -> change(partition.id(), division, priorities));
    }

    private static Set<String> inTouch(RaftServer.Division division) {
        return division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                .filter(follower -> follower.getLastRpcElapsedTimeMs() < SILENCE_MILLIS)
                .map(ServerRpcProto::getId)
                .map(peer -> peer.getId().toStringUtf8())
                .collect(Collectors.toSet());
    }

    /**
     * A replica as its leader sees it.
     *
     * @param hasRoom whether its node's disk takes records
     * @param isInTouch whether it answers; of no account for the leader
     */
    record Replica(int node, int priority, boolean hasRoom, boolean isInTouch) {
        boolean couldLead() {
            return hasRoom && isInTouch;
        }
    }

    /** The priorities that the replicas should have, by node; nothing when they can stay as they are. */
    static Optional<Map<Integer, Integer>> priorities(List<Replica> replicas, int leader) {
        Optional<Integer> next = next(replicas, leader).map(Replica::node);
        if (next.isEmpty()) {
            return Optional.empty();
        }
        Map<Integer, Integer> present = replicas.stream().collect(Collectors.toMap(Replica::node, Replica::priority));
        Map<Integer, Integer> wanted = new HashMap<>(present);
        wanted.replaceAll((node, priority) -> {
            if (priority == PREFERRED_PRIORITY) {
                return PREFERRED_PRIORITY;
            }
            return node.equals(next.get()) ? STAND_IN_PRIORITY : 0;
        });
        return wanted.equals(present) ? Optional.empty() : Optional.of(wanted);
    }

    /** Who should lead in place of the leader. */
    private static Optional<Replica> next(List<Replica> replicas, int leader) {
        Optional<Replica> preferred = replicas.stream()
                .filter(replica -> replica.node() != leader && replica.priority() == PREFERRED_PRIORITY)
                .filter(Replica::couldLead)
                .findFirst();
        Optional<Replica> leading =
                replicas.stream().filter(replica -> replica.node() == leader).findFirst();
        if (leading.isEmpty()) {
            return Optional.empty();
        }
        if (leading.get().hasRoom()) {
            return leading.get().priority() == STAND_IN_PRIORITY ? preferred : Optional.empty();
        }
        return preferred.or(() -> replicas.stream()
                .filter(replica -> replica.node() != leader && replica.couldLead())
                // A stand-in that is there already, rather than another one at each look.
                .min(Comparator.comparing((Replica replica) -> -replica.priority())
                        .thenComparing(Replica::node)));
    }

    private void change(PartitionId id, RaftServer.Division division, Map<Integer, Integer> priorities) {
        if (!underWay.add(id)) {
            return;
        }
        LOG.atInfo()
                .addKeyValue("partition", id)
                .addKeyValue("priorities", priorities)
                .log("another replica shall lead, by what the disks have left");
        List<RaftPeer> peers = division.getRaftConf().getCurrentPeers().stream()
                .map(peer -> RaftPeer.newBuilder(peer)
                        .setPriority(priorities.getOrDefault(
                                Integer.parseInt(peer.getId().toString()), 0))
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
            var unused = server.setConfigurationAsync(request)
                    .whenComplete((reply, failure) -> onChanged(id, reply, failure));
        } catch (IOException e) {
            onChanged(id, null, e);
        }
    }

    private void onChanged(PartitionId id, @Nullable RaftClientReply reply, @Nullable Throwable failure) {
        underWay.remove(id);
        if (failure != null || reply == null || !reply.isSuccess()) {
            LOG.atWarn()
                    .addKeyValue("partition", id)
                    .setCause(failure != null || reply == null ? failure : reply.getException())
                    .log("priorities could not be changed; tried again soon");
        }
    }
}
