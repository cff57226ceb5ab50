package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeCommand;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On the leader, proposes to expire sessions that are silent for too long; elsewhere it does nothing. Its checks run on the
 * scheduler, one at a time.
 */
final class SessionExpiry {
    private static final Logger LOG = LoggerFactory.getLogger(SessionExpiry.class);
    /** Keeps the command small; the others follow with the next one. */
    private static final int MAX_EXPIRED_AT_ONCE = 10_000;

    private static final int CHECKS_PER_TIMEOUT = 8;
    private static final long SHORTEST_DELAY_MILLIS = 5;

    private final MetadataStateMachine machine;
    private final CommandSubmitter submitter;
    private final ScheduledExecutorService scheduler;
    private final long longestDelayMillis;
    private @Nullable CompletableFuture<CommandOutcome> proposal;
    private volatile boolean isClosed;

    /** @param interval between checks, shorter while there are sessions of a short timeout */
    SessionExpiry(
            MetadataStateMachine machine,
            CommandSubmitter submitter,
            ScheduledExecutorService scheduler,
            Duration interval) {
        this.machine = machine;
        this.submitter = submitter;
        this.scheduler = scheduler;
        this.longestDelayMillis = interval.toMillis();
    }

    void start() {
        scheduleNext();
    }

    void close() {
        isClosed = true;
    }

    private void scheduleNext() {
        long shortest = machine.liveness().shortestTimeoutMillis() / CHECKS_PER_TIMEOUT;
        long delay = Math.max(SHORTEST_DELAY_MILLIS, Math.min(longestDelayMillis, shortest));
        try {
            var unused = scheduler.schedule(this::expireOnDeadline, delay, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; another one looks after the sessions");
        }
    }

    private void expireOnDeadline() {
        if (isClosed) {
            return;
        }
        try {
            // In this order: a node that has applied entries of its successor knows by then that it leads no more.
            long term = machine.term();
            if (machine.isLeader()) {
                expire(term);
            }
        } catch (RuntimeException e) {
            // One failed check must not end all later ones: dead brokers would be taken for live ones for good.
            LOG.atError().setCause(e).log("the check for silent sessions failed");
        }
        scheduleNext();
    }

    private void expire(long term) {
        List<Long> silent = machine.liveness().silent(machine.tree().sessions());
        boolean isProposing = proposal != null && !proposal.isDone();
        if (silent.isEmpty() || isProposing) {
            return;
        }
        LOG.atInfo().addKeyValue("sessions", silent.size()).log("sessions expire");
        proposal = submitter.submit(
                new ZnodeCommand.ExpireSessions(term, silent.subList(0, Math.min(silent.size(), MAX_EXPIRED_AT_ONCE))));
    }
}
