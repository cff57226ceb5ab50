package io.oarlog.raft;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The damaged partitions of this node, which are repaired from their peers one after another, each as often as it takes.
 * Thread-safe.
 *
 * <pre>
 * begun --> attempt --repaired--> gone
 *              |  ^
 *              +--+ after a delay, 1 s at first, then twice the last one, 60 s at most
 * </pre>
 */
final class PartitionRepairs {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionRepairs.class);
    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    private static final Duration MAX_DELAY = Duration.ofSeconds(60);

    /** Repairs a partition, and opens it. */
    interface Attempt {
        /**
         * Begins it.
         *
         * @param isCancelled asked often; then it ends soon, in any way
         */
        CompletableFuture<PartitionRepair.Report> begin(PartitionId id, BooleanSupplier isCancelled);
    }

    private final Attempt attempt;
    private final ScheduledExecutorService timer;
    private final Consumer<PartitionId> onRepaired;
    private final Map<PartitionId, Repair> underWay = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    /**
     * @param timer one thread, which waits for the attempts; not shut down here
     * @param onRepaired is told of a partition that is open again
     */
    PartitionRepairs(Attempt attempt, ScheduledExecutorService timer, Consumer<PartitionId> onRepaired) {
        this.attempt = attempt;
        this.timer = timer;
        this.onRepaired = onRepaired;
    }

    /** Begins to repair a partition, unless that is under way. Returns at once. */
    void begin(PartitionId id) {
        Repair repair = new Repair(id);
        if (!isClosed && underWay.putIfAbsent(id, repair) == null) {
            LOG.atWarn().addKeyValue("partition", id).log("a damaged partition is repaired from its peers");
            schedule(repair, Duration.ZERO);
        }
    }

    boolean isUnderWay(PartitionId id) {
        return underWay.containsKey(id);
    }

    /** Ends a repair soon, if one is under way. */
    void cancel(PartitionId id) {
        Repair repair = underWay.remove(id);
        if (repair != null) {
            repair.isCancelled = true;
        }
    }

    /** Ends all repairs soon and begins none. */
    void cancelAll() {
        isClosed = true;
        underWay.keySet().forEach(this::cancel);
    }

    private void schedule(Repair repair, Duration delay) {
        try {
            var unused = timer.schedule(() -> tryOnce(repair), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops; {} is repaired after the restart", repair.id);
        }
    }

    /** Waits for the end, so that partitions are repaired one after another, and nothing else waits behind one in its turn. */
    private void tryOnce(Repair repair) {
        if (repair.isCancelled) {
            return;
        }
        try {
            onSuccess(repair, attempt.begin(repair.id, () -> repair.isCancelled).get());
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            onFailure(repair, cause == null ? e : cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            onFailure(repair, e);
        }
    }

    private void onSuccess(Repair repair, PartitionRepair.Report report) {
        underWay.remove(repair.id, repair);
        LOG.atInfo()
                .addKeyValue("partition", repair.id)
                .addKeyValue("segments", report.segments())
                .addKeyValue("entriesFetched", report.fetchedEntries())
                .addKeyValue("bytesFetched", report.fetchedBytes())
                .log("a damaged partition is repaired and takes part again");
        onRepaired.accept(repair.id);
    }

    private void onFailure(Repair repair, Throwable cause) {
        if (repair.isCancelled || cause instanceof CancellationException) {
            underWay.remove(repair.id, repair);
            return;
        }
        LOG.atWarn()
                .addKeyValue("partition", repair.id)
                .addKeyValue("reason", cause)
                .log("a damaged partition is not repaired yet; tried again in {} s", repair.delay.toSeconds());
        schedule(repair, repair.delay);
        Duration twice = repair.delay.multipliedBy(2);
        repair.delay = twice.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : twice;
    }

    /** One partition's. The delay is used by one attempt after another. */
    private static final class Repair {
        private final PartitionId id;
        private volatile boolean isCancelled;
        private volatile Duration delay = FIRST_DELAY;

        Repair(PartitionId id) {
            this.id = id;
        }
    }
}
