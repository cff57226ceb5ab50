package io.oarlog.server;

import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.MetadataListener;
import io.oarlog.metadata.PublishedLeader;
import io.oarlog.metadata.ReplicaMove;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.ElectionWindow;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.RaftNode;
import io.oarlog.server.api.TopicSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the Raft groups that run here in step with the topics of the metadata tree, and tells the tree who leads. Thread-safe:
 * what it does to groups is done on one thread, in the order of the tree's changes.
 */
final class PartitionHost implements MetadataListener {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionHost.class);
    /** With the delay doubling from one second: for about four minutes. */
    private static final int MAX_ATTEMPTS = 9;

    private static final long FIRST_DELAY_MILLIS = 1_000;
    private static final int MAX_ELECTIONS = 16;
    private static final Duration ELECTION_LIMIT = Duration.ofSeconds(2);

    private final int nodeId;
    private final RaftNode node;
    private final Metadata metadata;
    private final TopicSettings topicSettings;
    private final ExecutorService groupExecutor;
    private final ScheduledExecutorService timer;
    private final ElectionWindow elections = new ElectionWindow(MAX_ELECTIONS, ELECTION_LIMIT);
    /** The last epoch in which this node was seen to lead, by partition: one log line each. */
    private final Map<PartitionId, Integer> led = new ConcurrentHashMap<>();

    /**
     * @param groupExecutor one thread, handed in and not shut down here
     * @param timer for what is tried again, not shut down here
     */
    PartitionHost(
            int nodeId,
            RaftNode node,
            Metadata metadata,
            TopicSettings topicSettings,
            ExecutorService groupExecutor,
            ScheduledExecutorService timer) {
        this.nodeId = nodeId;
        this.node = node;
        this.metadata = metadata;
        this.topicSettings = topicSettings;
        this.groupExecutor = groupExecutor;
        this.timer = timer;
    }

    /**
     * Brings what is on this node's disk into line with the tree: creates what was assigned and removes what was deleted
     * while it was away. To be called once the local tree has caught up; a tree that lags would take live partitions for
     * deleted ones.
     */
    CompletableFuture<Void> reconcile() {
        return CompletableFuture.runAsync(
                () -> {
                    for (PartitionId hosted : node.hosted()) {
                        if (!isAssigned(hosted)) {
                            remove(hosted);
                        }
                    }
                    metadata.topics().forEach(this::create);
                    for (PartitionId hosted : node.hosted()) {
                        node.partition(hosted.topicId(), hosted.partition())
                                .ifPresent(log -> onLeaderChange(hosted, log.leader()));
                    }
                },
                groupExecutor);
    }

    /**
     * Looks on the interval, until the timer is shut down, for replicas that left their groups and are assigned to this node: they wait
     * for the leader again. One that was told by an older leader's entries that it is no member does not come back by itself.
     */
    void rejoinOnInterval(Duration interval) {
        var unused = timer.scheduleWithFixedDelay(
                () -> groupExecutor.execute(this::rejoin),
                interval.toMillis(),
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void rejoin() {
        for (PartitionId hosted : node.hosted()) {
            if (isAssigned(hosted) && node.hasLeft(hosted)) {
                try {
                    node.joinPartition(hosted).join();
                } catch (RuntimeException e) {
                    LOG.atWarn()
                            .addKeyValue("partition", hosted)
                            .addKeyValue("reason", e)
                            .log("a replica that had left its group could not be opened; the watchdog opens it");
                }
            }
        }
    }

    private boolean isAssigned(PartitionId id) {
        return metadata.topic(id.topicId())
                .filter(topic -> id.partition() < topic.partitionCount())
                .filter(topic -> topic.replicas().get(id.partition()).contains(nodeId))
                .isPresent();
    }

    @Override
    public void onTopicCreated(Topic topic) {
        groupExecutor.execute(() -> create(topic));
    }

    @Override
    public void onTopicChanged(Topic before, Topic now) {
        groupExecutor.execute(() -> change(before, now));
    }

    /** Partitions that were here are not created again: one of them may be fenced here, and is to stay so. */
    private void change(Topic before, Topic now) {
        for (PartitionId id : partitions(now)) {
            boolean wasHere = id.partition() < before.partitionCount()
                    && before.replicas().get(id.partition()).contains(nodeId);
            boolean isHere = now.replicas().get(id.partition()).contains(nodeId);
            if (wasHere && isHere) {
                configure(now, id);
                if (now.move(id.partition()).isPresent()) {
                    // A replica that was removed may be wanted again.
                    var unused = done("join", id, 1, () -> node.joinPartition(id));
                }
            } else if (isHere && isAssigned(id)) {
                create(now, id, 1);
            } else if (wasHere && !isAssigned(id)) {
                remove(id);
            }
        }
    }

    @Override
    public void onTopicDeleted(Topic topic) {
        groupExecutor.execute(() -> partitions(topic).forEach(this::remove));
    }

    /** A partition hosted here has another leader, or its leader became ready. */
    void onLeaderChange(PartitionId id, PartitionLeader leader) {
        if (leader.nodeId().isPresent()) {
            elections.end(id);
        }
        if (leader.isLocal()) {
            Integer before = led.put(id, leader.leaderEpoch());
            if (before == null || before != leader.leaderEpoch()) {
                LOG.atInfo()
                        .addKeyValue("partition", id)
                        .addKeyValue("epoch", leader.leaderEpoch())
                        .log("this node leads");
            }
            metadata.publishLeader(
                    id.topicId(), id.partition(), new PublishedLeader(nodeId, leader.leaderEpoch(), inSyncSoFar(id)));
        }
    }

    /** As the last leader saw it, until this one knows; of a new partition all. */
    private List<Integer> inSyncSoFar(PartitionId id) {
        Set<Integer> inSync = new TreeSet<>(metadata.publishedLeader(id.topicId(), id.partition())
                .map(PublishedLeader::inSync)
                .or(() -> metadata.topic(id.topicId())
                        .filter(topic -> id.partition() < topic.partitionCount())
                        .map(topic -> topic.replicas().get(id.partition())))
                .orElse(List.of()));
        inSync.add(nodeId);
        return List.copyOf(inSync);
    }

    /** A partition hosted here was opened again, and its topic may have changed meanwhile. */
    void onRepaired(PartitionId id) {
        groupExecutor.execute(() -> metadata.topic(id.topicId()).ifPresent(topic -> configure(topic, id)));
    }

    private void create(Topic topic) {
        for (PartitionId id : partitions(topic)) {
            if (isAssigned(id)) {
                create(topic, id, 1);
            }
        }
    }

    private void create(Topic topic, PartitionId id, int attempt) {
        Optional<ReplicaMove> move =
                topic.move(id.partition()).filter(found -> found.adding().contains(nodeId));
        if (move.isPresent()) {
            join(topic, id, move.get(), attempt);
            return;
        }
        if (metadata.predates(topic, nodeId)
                && metadata.publishedLeader(topic.id(), id.partition()).isPresent()) {
            // This node's replica, if it had one, was on another disk: what its group knows of it counts no more.
            var unused = done("join", id, attempt, () -> node.joinPartition(id).thenRun(() -> configure(topic, id)));
            return;
        }
        List<Integer> replicas = topic.origin(id.partition());
        boolean isNew = node.partition(id.topicId(), id.partition()).isEmpty();
        if (isNew && !beginElection(id)) {
            return;
        }
        if (!done(
                "create", id, attempt, () -> node.createPartition(id, replicas).thenRun(() -> configure(topic, id)))) {
            elections.end(id);
        }
    }

    /** The group has other members; its leader makes this node one. Not any more when the move was changed meanwhile. */
    private void join(Topic topic, PartitionId id, ReplicaMove move, int attempt) {
        if (!move.removing().contains(nodeId)) {
            var unused = done("join", id, attempt, () -> node.joinPartition(id).thenRun(() -> configure(topic, id)));
        }
    }

    /** Returns whether it may begin; else the broker stops. */
    private boolean beginElection(PartitionId id) {
        try {
            elections.begin(id);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Until here a partition that was there at the start has cut its segments as it did last. */
    private void configure(Topic topic, PartitionId id) {
        node.partition(id.topicId(), id.partition())
                .ifPresent(log ->
                        log.configureSegments(topicSettings.segmentBytes(topic), topicSettings.segmentMillis(topic)));
    }

    private void remove(PartitionId id) {
        remove(id, 1);
    }

    private void remove(PartitionId id, int attempt) {
        led.remove(id);
        elections.end(id);
        done("remove", id, attempt, () -> node.removePartition(id));
    }

    /** Waits: the next change of the same partition must find this one done. Returns whether it is, else it is tried again. */
    private boolean done(String what, PartitionId id, int attempt, Supplier<CompletableFuture<Void>> change) {
        try {
            change.get().join();
            return true;
        } catch (RuntimeException e) {
            if (attempt < MAX_ATTEMPTS) {
                LOG.atWarn()
                        .addKeyValue("partition", id)
                        .addKeyValue("attempt", attempt)
                        .addKeyValue("reason", e)
                        .log("could not {} a partition; it is tried again", what);
                tryAgain(id, attempt + 1);
            } else {
                LOG.atError()
                        .addKeyValue("partition", id)
                        .setCause(e)
                        .log("could not {} a partition; it is tried again when the broker restarts", what);
            }
            return false;
        }
    }

    /** Later, and then whatever the tree says by then. */
    private void tryAgain(PartitionId id, int attempt) {
        try {
            var unused = timer.schedule(
                    () -> groupExecutor.execute(() -> bringIntoLine(id, attempt)),
                    FIRST_DELAY_MILLIS << (attempt - 2),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; {} is brought into line after the restart", id);
        }
    }

    private void bringIntoLine(PartitionId id, int attempt) {
        if (isAssigned(id)) {
            metadata.topic(id.topicId()).ifPresent(topic -> create(topic, id, attempt));
        } else {
            remove(id, attempt);
        }
    }

    static List<PartitionId> partitions(Topic topic) {
        return java.util.stream.IntStream.range(0, topic.partitionCount())
                .mapToObj(p -> new PartitionId(topic.id(), topic.name(), p))
                .toList();
    }
}
