package io.oarlog.metadata;

import io.oarlog.raft.CommandLog;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the leader which sessions were heard here, all of them together, without a Raft entry. Thread-safe. Nothing is sent
 * while nobody is heard. A report that is lost is not sent again: a client says several times within its timeout that it
 * lives.
 */
final class SessionReports {
    private static final Logger LOG = LoggerFactory.getLogger(SessionReports.class);
    private static final int SHARE_OF_TIMEOUT = 8;
    private static final long SHORTEST_DELAY_MILLIS = 5;
    /** Reports that nobody answers keep their sessions until the log gives up. */
    private static final int MAX_UNDER_WAY = 8;

    private final CommandLog log;
    private final MetadataStateMachine machine;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;
    private final long longestDelayMillis;
    private final Object lock = new Object(); // guards the fields below and what is added to heard
    private volatile Set<Long> heard = ConcurrentHashMap.newKeySet();
    private boolean isScheduled;
    private long dueNanos;
    private int underWay;

    /** @param interval between reports, shorter when sessions of a short timeout were heard */
    SessionReports(
            CommandLog log,
            MetadataStateMachine machine,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            Duration interval) {
        this.log = log;
        this.machine = machine;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.longestDelayMillis = interval.toMillis();
    }

    void heard(long sessionId) {
        if (heard.contains(sessionId)) {
            return; // it is in the report that goes next, or just now
        }
        OptionalInt timeout = machine.tree().sessions().timeoutMillis(sessionId);
        if (timeout.isEmpty()) {
            return;
        }
        long delayMillis =
                Math.min(longestDelayMillis, Math.max(SHORTEST_DELAY_MILLIS, timeout.getAsInt() / SHARE_OF_TIMEOUT));
        synchronized (lock) {
            long due = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(delayMillis);
            heard.add(sessionId);
            if (isScheduled && dueNanos - due <= 0) {
                return;
            }
            isScheduled = true;
            dueNanos = due;
        }
        schedule(delayMillis);
    }

    private void schedule(long delayMillis) {
        try {
            var unused = scheduler.schedule(this::report, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; its clients will be heard elsewhere");
        }
    }

    private void report() {
        Set<Long> reported;
        boolean isFull;
        synchronized (lock) {
            isFull = underWay >= MAX_UNDER_WAY;
            isScheduled = false;
            if (heard.isEmpty()) {
                return;
            } else if (isFull) {
                isScheduled = true;
                dueNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(longestDelayMillis);
                reported = Set.of();
            } else {
                reported = heard;
                heard = ConcurrentHashMap.newKeySet();
                underWay++;
            }
        }
        if (isFull) {
            schedule(longestDelayMillis);
            return;
        }
        var unused = send(List.copyOf(reported)).whenComplete((done, failure) -> onAnswered(reported.size(), failure));
    }

    private CompletableFuture<?> send(List<Long> sessionIds) {
        try {
            CompletableFuture<?> all = CompletableFuture.completedFuture(null);
            for (int from = 0; from < sessionIds.size(); from += SessionPing.MAX_SESSIONS) {
                int to = Math.min(sessionIds.size(), from + SessionPing.MAX_SESSIONS);
                CompletableFuture<ByteBuffer> answer = log.query(SessionPing.question(sessionIds.subList(from, to)));
                all = all.thenCombine(answer, (before, now) -> now);
            }
            return all;
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void onAnswered(int sessions, @Nullable Throwable failure) {
        synchronized (lock) {
            underWay--;
        }
        if (failure != null) {
            LOG.atDebug()
                    .addKeyValue("sessions", sessions)
                    .addKeyValue("reason", CommandSubmitter.unwrapped(failure))
                    .log("the leader did not hear of sessions");
        }
    }
}
