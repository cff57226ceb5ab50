package io.oarlog.server;

import io.oarlog.log.Clock;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.AdvanceOutcome;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.ReplicatedLog;
import io.oarlog.server.api.PartitionLogs;
import io.oarlog.server.api.TopicSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops what need not be kept any more of the partitions that this node leads; their followers are told through the Raft
 * log. Thread-safe.
 */
final class RetentionTask {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionTask.class);

    private final Supplier<Collection<Topic>> topics;
    private final PartitionLogs logs;
    private final TopicSettings topicSettings;
    private final Clock clock;
    private final Executor executor;

    /** @param executor does the work, handed in and not shut down here */
    RetentionTask(
            Supplier<Collection<Topic>> topics,
            PartitionLogs logs,
            TopicSettings topicSettings,
            Clock clock,
            Executor executor) {
        this.topics = topics;
        this.logs = logs;
        this.topicSettings = topicSettings;
        this.clock = clock;
        this.executor = executor;
    }

    /**
     * Applies retention after the interval and again and again, until timer or executor is shut down.
     *
     * @param interval from the end of one round to the next
     */
    void start(ScheduledExecutorService timer, Duration interval) {
        try {
            var unused = timer.schedule(
                    () -> executor.execute(() -> applyOnInterval(timer, interval)),
                    interval.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; no more retention");
        }
    }

    private void applyOnInterval(ScheduledExecutorService timer, Duration interval) {
        try {
            apply();
        } finally {
            start(timer, interval);
        }
    }

    /** One round, over all partitions that this node leads. Returns before the logs have moved their starts. */
    void apply() {
        for (Topic topic : topics.get()) {
            if (!topicSettings.isDeleted(topic)) {
                continue;
            }
            for (PartitionId id : PartitionHost.partitions(topic)) {
                try {
                    logs.log(id.topicId(), id.partition())
                            .filter(log -> log.leader().isLocal())
                            .ifPresent(log -> apply(topic, log));
                } catch (RuntimeException e) {
                    // One partition's fault must not fill the disk with all the others.
                    warn(id, e);
                }
            }
        }
    }

    private void apply(Topic topic, ReplicatedLog log) {
        var unused = log.applyRetention(topicSettings.retention(topic), clock.currentTimeMillis())
                .whenComplete((outcome, failure) -> {
                    if (failure != null) {
                        warn(log.id(), failure);
                    } else if (outcome instanceof AdvanceOutcome.Unknown unknown) {
                        warn(log.id(), unknown.reason());
                    }
                });
    }

    private static void warn(PartitionId id, Object reason) {
        LOG.atWarn()
                .addKeyValue("partition", id)
                .addKeyValue("reason", reason)
                .log("retention could not be applied; it is tried again at the next check");
    }
}
