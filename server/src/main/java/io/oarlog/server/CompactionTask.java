package io.oarlog.server;

import io.oarlog.log.Clock;
import io.oarlog.log.CompactionBacklog;
import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionReport;
import io.oarlog.log.CompactionTrigger;
import io.oarlog.log.CorruptLogException;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.AdvanceOutcome;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.ReplicatedLog;
import io.oarlog.server.api.PartitionLogs;
import io.oarlog.server.api.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts the partitions of compacted topics that this node hosts, the dirtiest first. Of those that it leads it has the
 * replicas agree on how far: what comes of that is compacted in a later round, by each replica in its own time.
 *
 * <p>Rounds are run by one thread at a time; closed by any.
 */
final class CompactionTask implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CompactionTask.class);

    private final Supplier<Collection<Topic>> topics;
    private final PartitionLogs logs;
    private final TopicSettings topicSettings;
    private final int keyMapBytes;
    private final Clock clock;
    private final Executor executor;
    /** Not tried again before the broker restarts; confined to the rounds. */
    private final Set<PartitionId> damaged = new HashSet<>();

    private volatile boolean isClosed;

    /** A partition of a compacted topic. */
    private record Compacted(ReplicatedLog log, CompactionPolicy policy, CompactionTrigger trigger) {}

    /** A partition of which enough is dirty. */
    private record Dirty(Compacted partition, double ratio) {}

    /**
     * @param keyMapBytes bound on the memory for keys
     * @param executor one thread that does the work, handed in and not shut down here
     */
    CompactionTask(
            Supplier<Collection<Topic>> topics,
            PartitionLogs logs,
            TopicSettings topicSettings,
            int keyMapBytes,
            Clock clock,
            Executor executor) {
        this.topics = topics;
        this.logs = logs;
        this.topicSettings = topicSettings;
        this.keyMapBytes = keyMapBytes;
        this.clock = clock;
        this.executor = executor;
    }

    /**
     * Runs rounds until it is closed, or timer or executor is shut down.
     *
     * @param backoff from the end of one round to the next
     */
    void start(ScheduledExecutorService timer, Duration backoff) {
        try {
            var unused = timer.schedule(
                    () -> executor.execute(() -> runOnInterval(timer, backoff)),
                    backoff.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; no more compactions");
        }
    }

    private void runOnInterval(ScheduledExecutorService timer, Duration backoff) {
        try {
            run();
        } finally {
            start(timer, backoff);
        }
    }

    /** One round: compacts what was agreed before, and asks for more. */
    void run() {
        List<Compacted> partitions = partitions();
        List<Dirty> dirty = new ArrayList<>();
        for (Compacted partition : partitions) {
            try {
                agree(partition);
                dirty(partition).ifPresent(dirty::add);
            } catch (RuntimeException e) {
                // One partition's fault must not keep all the others dirty.
                warn(partition, e);
            }
        }
        dirty.sort(Comparator.comparingDouble(Dirty::ratio).reversed());
        dirty.forEach(next -> compact(next.partition()));
    }

    private List<Compacted> partitions() {
        List<Compacted> found = new ArrayList<>();
        for (Topic topic : topics.get()) {
            if (topicSettings.isCompacted(topic)) {
                CompactionPolicy policy = topicSettings.compaction(topic, keyMapBytes);
                CompactionTrigger trigger = topicSettings.compactionTrigger(topic);
                for (PartitionId id : PartitionHost.partitions(topic)) {
                    logs.log(id.topicId(), id.partition())
                            .ifPresent(log -> found.add(new Compacted(log, policy, trigger)));
                }
            }
        }
        return found;
    }

    private void agree(Compacted partition) {
        if (!partition.log().leader().isLocal()) {
            return;
        }
        var unused = partition
                .log()
                .advanceCompactionBound(partition.policy(), partition.trigger(), clock.currentTimeMillis())
                .whenComplete((outcome, failure) -> {
                    if (failure != null) {
                        warn(partition, failure);
                    } else if (outcome instanceof AdvanceOutcome.Unknown unknown) {
                        warn(partition, unknown.reason());
                    }
                });
    }

    private Optional<Dirty> dirty(Compacted partition) {
        long nowMillis = clock.currentTimeMillis();
        CompactionBacklog backlog = partition.log().compactionBacklog(partition.policy(), nowMillis);
        return partition.trigger().isDue(backlog, nowMillis)
                ? Optional.of(new Dirty(partition, backlog.dirtyRatio()))
                : Optional.empty();
    }

    private void compact(Compacted partition) {
        PartitionId id = partition.log().id();
        if (isClosed || damaged.contains(id)) {
            return;
        }
        try {
            partition
                    .log()
                    .compact(partition.policy(), clock.currentTimeMillis())
                    .ifPresentOrElse(report -> tell(id, report), () -> warn(partition, "no room on the disk"));
        } catch (CorruptLogException e) {
            damaged.add(id);
            LOG.atError()
                    .addKeyValue("partition", id)
                    .setCause(e)
                    .log("partition is damaged and not compacted any more by this node");
        } catch (RuntimeException e) {
            warn(partition, e);
        }
    }

    private static void tell(PartitionId id, CompactionReport report) {
        LOG.atInfo()
                .addKeyValue("partition", id)
                .addKeyValue("compactedEndOffset", report.compactedEndOffset())
                .addKeyValue("bytesBefore", report.bytesBefore())
                .addKeyValue("bytesAfter", report.bytesAfter())
                .addKeyValue("recordsRemoved", report.recordsRemoved())
                .log(report.isComplete() ? "compacted" : "compaction ended early");
    }

    private static void warn(Compacted partition, Object reason) {
        LOG.atWarn()
                .addKeyValue("partition", partition.log().id())
                .addKeyValue("reason", reason)
                .log("could not be compacted; it is tried again in the next round");
    }

    /** No further partition is begun. The one that is being compacted gives up when its log is closed. */
    @Override
    public void close() {
        isClosed = true;
    }
}
