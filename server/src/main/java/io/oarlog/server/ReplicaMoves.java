package io.oarlog.server;

import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.RaftNode;
import io.oarlog.raft.ReplicatedLog;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the moves of replicas that the metadata tree asks for, replaces the replicas of nodes that came with another disk, and
 * gives those their other replicas again that were led by one alone, of the partitions that this node leads. What is to be done is
 * in the tree and how far it came in the partitions' groups, so whoever leads next goes on. Thread-safe.
 */
final class ReplicaMoves {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaMoves.class);
    /** Each takes bandwidth from the clients. */
    private static final int MAX_UNDER_WAY = 4;

    private final Metadata metadata;
    private final RaftNode node;
    /** What each step that is under way leads to. */
    private final Map<PartitionId, List<Integer>> underWay = new ConcurrentHashMap<>();
    /** Those that were led by fewer replicas than they are to have, until they have them and the preferred one leads. */
    private final Set<PartitionId> restoring = ConcurrentHashMap.newKeySet();

    ReplicaMoves(Metadata metadata, RaftNode node) {
        this.metadata = metadata;
        this.node = node;
    }

    /** Looks at the interval, until the timer is shut down. */
    void start(ScheduledExecutorService timer, Duration interval) {
        var unused = timer.scheduleWithFixedDelay(
                this::look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        for (Topic topic : metadata.topics()) {
            for (int partition = 0; partition < topic.partitionCount(); partition++) {
                lookAt(topic, partition);
            }
        }
    }

    /** Whether one of its nodes came with another disk since, which is to take the place of the one before. */
    private boolean hasFormerMembers(Topic topic, int partition) {
        PartitionId id = new PartitionId(topic.id(), topic.name(), partition);
        return node.hasFormerMembers(id) && node.nodes().keySet().containsAll(topic.target(partition));
    }

    private void lookAt(Topic topic, int partition) {
        try {
            if (topic.move(partition).isPresent() || hasFormerMembers(topic, partition)) {
                advance(topic, partition);
            } else {
                restore(topic, partition);
            }
        } catch (RuntimeException e) {
            // Its leader, or what is hosted here, changes just now; the others are not held up.
            LOG.atWarn()
                    .addKeyValue("topic", topic.name())
                    .addKeyValue("partition", partition)
                    .setCause(e)
                    .log("replicas could not be moved; tried again");
        }
    }

    /**
     * Gives one that is led by fewer replicas than it is to have the others again, as their nodes are up, and has the preferred one lead
     * then. With the tree as it is now: one that lags may have been told of a move only that is done.
     */
    private void restore(Topic topic, int partition) {
        PartitionId id = new PartitionId(topic.id(), topic.name(), partition);
        Optional<List<Integer>> members = led(topic, partition).map(ReplicatedLog::replicas);
        List<Integer> target = topic.target(partition);
        if (members.isEmpty()) {
            restoring.remove(id);
            return;
        }
        boolean isWhole = members.get().containsAll(target);
        Set<Integer> up = isWhole ? Set.of() : up();
        Set<Integer> nodes = node.nodes().keySet();
        List<Integer> possible = target.stream()
                .filter(replica -> members.get().contains(replica) || up.contains(replica))
                .filter(nodes::contains)
                .toList();
        boolean isPossible = isWhole ? restoring.contains(id) : !members.get().containsAll(possible);
        if (!isPossible || underWay.size() >= MAX_UNDER_WAY || underWay.putIfAbsent(id, possible) != null) {
            return;
        }
        restoring.add(id);
        var unused = metadata.sync()
                .thenCompose(synced -> isStill(topic, partition)
                        ? node.changeMembers(id, possible)
                        : CompletableFuture.completedFuture(false))
                .whenComplete((isDone, failure) -> {
                    underWay.remove(id, possible);
                    if (failure != null) {
                        notMoved(id, possible, failure);
                    } else if (isDone && possible.equals(target)) {
                        restoring.remove(id);
                    }
                });
    }

    private boolean isStill(Topic topic, int partition) {
        return metadata.topic(topic.id())
                .filter(now -> now.move(partition).isEmpty())
                .filter(now -> now.target(partition).equals(topic.target(partition)))
                .isPresent();
    }

    private Optional<ReplicatedLog> led(Topic topic, int partition) {
        return node.partition(topic.id(), partition).filter(log -> log.leader().isLocal());
    }

    private void advance(Topic topic, int partition) {
        PartitionId id = new PartitionId(topic.id(), topic.name(), partition);
        List<Integer> target = topic.target(partition);
        List<Integer> before = underWay.get(id);
        // A step that leads elsewhere by now is to be given up.
        boolean isWanted =
                before == null ? underWay.size() < MAX_UNDER_WAY && areUp(topic, partition) : !before.equals(target);
        if (led(topic, partition).isEmpty() || !isWanted) {
            return;
        }
        underWay.put(id, target);
        // What it throws is a failure of the step as well.
        var unused = CompletableFuture.completedFuture(target)
                .thenCompose(replicas -> node.changeMembers(id, replicas))
                .whenComplete((isDone, failure) -> {
                    underWay.remove(id, target);
                    if (failure != null) {
                        notMoved(id, target, failure);
                    } else if (isDone && topic.move(id.partition()).isPresent()) {
                        end(topic, id, target);
                    }
                });
    }

    private static void notMoved(PartitionId id, List<Integer> target, Throwable failure) {
        LOG.atWarn()
                .addKeyValue("partition", id)
                .addKeyValue("replicas", target)
                .addKeyValue("reason", failure)
                .log("replicas could not be moved; tried again");
    }

    /** Whether the nodes live that are to have new replicas: else the others would wait for them. */
    private boolean areUp(Topic topic, int partition) {
        Set<Integer> up = up();
        List<Integer> target = topic.target(partition);
        if (topic.move(partition).isEmpty()) {
            // Of nodes that have another disk; which they are only Raft knows.
            return up.containsAll(target);
        }
        return topic.move(partition).stream()
                .flatMap(move -> move.adding().stream())
                .filter(target::contains)
                .allMatch(up::contains);
    }

    private Set<Integer> up() {
        return metadata.brokers().stream().map(BrokerRegistration::id).collect(Collectors.toSet());
    }

    private void end(Topic topic, PartitionId id, List<Integer> target) {
        var unused = metadata.endMove(topic, id.partition(), target).whenComplete((outcome, failure) -> {
            if (failure == null) {
                LOG.atInfo()
                        .addKeyValue("partition", id)
                        .addKeyValue("replicas", target)
                        .log("replicas are moved");
            } else {
                LOG.atWarn()
                        .addKeyValue("partition", id)
                        .addKeyValue("reason", failure)
                        .log("that replicas are moved could not be told; tried again");
            }
        });
    }
}
