package io.oarlog.metadata;

import io.oarlog.metadata.tree.CommandOutcome;
import io.oarlog.metadata.tree.ZnodeCommand;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
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

    private final MetadataStateMachine machine;
    private final CommandSubmitter submitter;
    private @Nullable CompletableFuture<CommandOutcome> proposal;
    private volatile @Nullable ScheduledFuture<?> schedule;

    SessionExpiry(MetadataStateMachine machine, CommandSubmitter submitter) {
        this.machine = machine;
        this.submitter = submitter;
    }

    void start(ScheduledExecutorService scheduler, Duration interval) {
        schedule = scheduler.scheduleWithFixedDelay(
                this::expireOnInterval, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    void close() {
        ScheduledFuture<?> running = schedule;
        if (running != null) {
            running.cancel(false);
        }
    }

    private void expireOnInterval() {
        try {
            if (machine.isLeader()) {
                expire();
            }
        } catch (RuntimeException e) {
            // One failed check must not end all later ones: dead brokers would be taken for live ones for good.
            LOG.atError().setCause(e).log("the check for silent sessions failed");
        }
    }

    private void expire() {
        List<Long> silent = machine.liveness().silent(machine.tree().sessions());
        boolean isProposing = proposal != null && !proposal.isDone();
        if (silent.isEmpty() || isProposing) {
            return;
        }
        LOG.atInfo().addKeyValue("sessions", silent.size()).log("sessions expire");
        proposal = submitter.submit(
                new ZnodeCommand.ExpireSessions(silent.subList(0, Math.min(silent.size(), MAX_EXPIRED_AT_ONCE))));
    }
}
