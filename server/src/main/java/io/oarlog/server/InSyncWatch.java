package io.oarlog.server;

import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.PublishedLeader;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.RaftNode;
import io.oarlog.raft.ReplicatedLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks in intervals at the partitions that this node leads, and publishes which replicas are in sync when that is another set
 * than the published one and the same as at the look before. Confined to one task of the timer at a time.
 */
final class InSyncWatch {
    private static final Logger LOG = LoggerFactory.getLogger(InSyncWatch.class);

    private final int nodeId;
    private final RaftNode node;
    private final Metadata metadata;
    private Map<PartitionId, List<Integer>> seen = new HashMap<>();

    InSyncWatch(int nodeId, RaftNode node, Metadata metadata) {
        this.nodeId = nodeId;
        this.node = node;
        this.metadata = metadata;
    }

    /** @param timer not shut down here */
    void start(ScheduledExecutorService timer, Duration interval) {
        var unused = timer.scheduleWithFixedDelay(
                this::look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            Map<PartitionId, List<Integer>> now = new HashMap<>();
            for (PartitionId id : node.hosted()) {
                node.partition(id.topicId(), id.partition()).ifPresent(log -> look(id, log, now));
            }
            seen = now;
        } catch (RuntimeException e) {
            // A defect, which must not end the looks.
            LOG.atWarn().setCause(e).log("who is in sync could not be looked at");
        }
    }

    private void look(PartitionId id, ReplicatedLog log, Map<PartitionId, List<Integer>> now) {
        List<Integer> inSync = log.inSync();
        if (inSync.isEmpty()) {
            return; // led elsewhere
        }
        now.put(id, inSync);
        Optional<PublishedLeader> published = metadata.publishedLeader(id.topicId(), id.partition());
        if (inSync.equals(seen.get(id))
                && published
                        .filter(leader -> leader.nodeId() == nodeId)
                        .filter(leader -> !leader.inSync().equals(inSync))
                        .isPresent()) {
            metadata.publishLeader(
                    id.topicId(),
                    id.partition(),
                    new PublishedLeader(nodeId, published.get().leaderEpoch(), inSync));
        }
    }
}
