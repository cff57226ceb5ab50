package io.oarlog.raft;

import io.oarlog.raft.ReplicaLook.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replicas of this node, for {@link Watchdog}: Ratis's divisions, and who else has a hand on them. Thread-safe. */
final class HostedReplicas implements Watchdog.Replicas {
    private static final Logger LOG = LoggerFactory.getLogger(HostedReplicas.class);
    /** Some heartbeats. */
    private static final Duration SILENCE = Duration.ofSeconds(3);
    /** In a row; of one that is just being closed it may be one. */
    private static final int BLIND_LOOKS = 5;

    /**
     * How the node deals with its partitions.
     *
     * @param hosted those whose data is here
     * @param find the partition, if it is open, fenced or closed
     * @param isInHand whether it is being opened, closed or repaired
     * @param restart as {@link Watchdog.Replicas#restart}
     */
    record Node(
            Supplier<List<PartitionId>> hosted,
            Function<RaftGroupId, @Nullable RaftPartition> find,
            Predicate<PartitionId> isInHand,
            Function<RaftGroupId, CompletableFuture<Void>> restart) {}

    private final RaftServer server;
    private final Node node;
    private final NodeResources resources;
    private final WatchedTraffic traffic;
    /** How many in a row. */
    private final Map<RaftGroupId, Integer> failedLooks = new ConcurrentHashMap<>();

    HostedReplicas(RaftServer server, Node node, NodeResources resources, WatchedTraffic traffic) {
        this.server = server;
        this.node = node;
        this.resources = resources;
        this.traffic = traffic;
    }

    @Override
    public List<ReplicaLook> look() {
        if (server.getLifeCycleState() != LifeCycle.State.RUNNING) {
            return List.of(); // all are being opened, or closed
        }
        List<ReplicaLook> looks = new ArrayList<>();
        Set<RaftGroupId> groups = new HashSet<>();
        look(GroupIds.METADATA, Optional.empty(), looks);
        groups.add(GroupIds.METADATA);
        for (PartitionId id : node.hosted().get()) {
            look(GroupIds.of(id), Optional.of(id), looks);
            groups.add(GroupIds.of(id));
        }
        traffic.commits().retain(groups);
        failedLooks.keySet().retainAll(groups);
        return looks;
    }

    private void look(RaftGroupId group, Optional<PartitionId> id, List<ReplicaLook> looks) {
        ReplicaLook look;
        try {
            boolean isInHand = id.filter(this::isInHand).isPresent();
            // Not of one that is being opened: it would have to be waited for.
            RaftServer.Division division = isInHand ? null : RaftDivisions.find(server, group);
            State withoutDivision = isInHand || id.isEmpty() ? State.IN_HAND : State.GONE;
            look = division == null ? without(group, id, withoutDivision) : look(division, group, id);
            failedLooks.remove(group);
        } catch (RuntimeException e) {
            // It is just being closed; or, when that lasts, a defect, which would blind this to it.
            if (failedLooks.merge(group, 1, Integer::sum) == BLIND_LOOKS) {
                LOG.atWarn().addKeyValue("group", group).setCause(e).log("a replica could not be looked at");
            }
            look = without(group, id, State.IN_HAND);
        }
        looks.add(look);
    }

    private static ReplicaLook without(RaftGroupId group, Optional<PartitionId> id, State state) {
        return new ReplicaLook(
                group,
                id,
                state,
                "none",
                "none",
                0,
                RaftLog.INVALID_LOG_INDEX,
                RaftLog.INVALID_LOG_INDEX,
                RaftLog.INVALID_LOG_INDEX,
                false,
                OptionalLong.empty(),
                HeardCommits.NOT_ASKED,
                List.of());
    }

    private ReplicaLook look(RaftServer.Division division, RaftGroupId group, Optional<PartitionId> id) {
        State state = stateOf(division);
        if (state == State.IN_HAND) {
            return without(group, id, state);
        }
        RaftPartition partition = id.isPresent() ? node.find().apply(group) : null;
        DivisionInfo info = division.getInfo();
        RaftLog log = division.getRaftLog();
        boolean isRunning = state == State.RUNNING;
        RaftPeerRole role = info.getCurrentRole(); // null before it has one
        // A log that is closed refuses to tell.
        TermIndex last = log.isOpened() ? log.getLastEntryTermIndex() : null;
        return new ReplicaLook(
                group,
                id,
                state,
                String.valueOf(role),
                info.getLifeCycleState().toString(),
                info.getCurrentTerm(),
                info.getLastAppliedIndex(),
                log.getFlushIndex(),
                last == null ? RaftLog.INVALID_LOG_INDEX : last.getIndex(),
                partition != null && partition.isAtDisk(),
                isRunning && id.isPresent() && role == RaftPeerRole.FOLLOWER
                        ? leaderCommit(group)
                        : OptionalLong.empty(),
                traffic.commits().askedIndex(group),
                isRunning && role == RaftPeerRole.LEADER && last != null
                        ? followers(group, last.getIndex())
                        : List.of());
    }

    private boolean isInHand(PartitionId id) {
        RaftPartition partition = node.find().apply(GroupIds.of(id));
        return node.isInHand().test(id)
                || resources.behind().isUnderWay(id)
                // A failed write or fsync is not tried again on the same pages.
                || (partition != null && partition.isFenced());
    }

    /** One that is no member any more has ended by itself; one that is none yet waits for its leader. */
    private static State stateOf(RaftServer.Division division) {
        return switch (division.getInfo().getLifeCycleState()) {
            case NEW, STARTING -> State.IN_HAND;
            case RUNNING -> State.RUNNING;
            case CLOSING -> State.CLOSING;
            case PAUSING, PAUSED, CLOSED, EXCEPTION ->
                division.getRaftConf().getPeer(division.getId(), RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER) == null
                        ? State.IN_HAND
                        : State.STOPPED;
        };
    }

    /** On a disk that is short it takes no more than there is room for. */
    private OptionalLong leaderCommit(RaftGroupId group) {
        return resources.reserve().space() == DiskSpace.AMPLE
                ? traffic.commits().of(group)
                : OptionalLong.empty();
    }

    private List<ReplicaLook.Follower> followers(RaftGroupId group, long lastIndex) {
        return traffic.appenders().of(group).stream()
                .map(appender -> follower(appender, lastIndex))
                .toList();
    }

    private ReplicaLook.Follower follower(FollowerAppender appender, long lastIndex) {
        FollowerInfo follower = appender.getFollower();
        long silentMillis = follower.getLastRpcResponseTime().elapsedTimeMs();
        boolean isExpected = silentMillis < SILENCE.toMillis()
                && !appender.isFollowerCopying()
                && resources.peerSpaces().of(PeerIds.nodeOf(follower.getId())) == DiskSpace.AMPLE;
        return new ReplicaLook.Follower(
                follower.getId(),
                follower.getMatchIndex(),
                follower.getNextIndex(),
                Math.max(0, lastIndex - follower.getMatchIndex()),
                isExpected);
    }

    @Override
    public CompletableFuture<Void> restart(RaftGroupId group) {
        return node.restart().apply(group);
    }

    @Override
    public void sendAnew(RaftGroupId group, RaftPeerId follower) {
        traffic.appenders().sendAnew(group, follower);
    }
}
