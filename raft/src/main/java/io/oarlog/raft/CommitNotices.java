package io.oarlog.raft;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appenders of the metadata group on this node, if it leads: which of their followers learn of a commit, and when.
 * Thread-safe.
 *
 * <p>All are told at once, so that what a client was told of at one node can be read at the others, as far as that goes
 * without a sync. Only in a stream of entries the followers whose nodes submitted none wait for the next entry to tell them:
 * a message of its own costs as much as an entry. The end of a stream is told of when twice the time between its entries has
 * passed. The node that submitted a command waits for it and is told at once in any case: Ratis wakes appenders when
 * something is committed.
 */
final class CommitNotices {
    private static final Logger LOG = LoggerFactory.getLogger(CommitNotices.class);
    /** Entries that follow each other within this time are a stream. */
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(15);

    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** So many entries make a stream: more than one person's requests do, fewer than are noticed in throughput. */
    private static final int STREAM_ENTRIES = 32;

    private final Set<PromptAppender> appenders = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isScheduled = new AtomicBoolean();
    private final ScheduledExecutorService timer;
    private volatile long lastAppliedNanos = System.nanoTime();
    private volatile long pauseNanos = LONGEST_PAUSE_NANOS; // after which a stream has ended
    private int streamEntries;

    /** @param timer for short tasks */
    CommitNotices(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    void add(PromptAppender appender) {
        appenders.add(appender);
    }

    void remove(PromptAppender appender) {
        appenders.remove(appender);
    }

    /** This node, which leads, is about to append a command of a node. Called in the order of indexes. */
    void onAppend(int node, long index) {
        for (PromptAppender appender : appenders) {
            if (appender.followerNode() == node) {
                appender.await(index);
            }
        }
    }

    /** This node applied an entry. Called by the thread that applies; returns at once; does nothing on a follower. */
    void onApplied() {
        boolean isStream = isStream();
        if (appenders.stream().noneMatch(PromptAppender::isBehind)) {
            return;
        }
        if (isStream) {
            tellAtEndOfStream();
        } else {
            tell();
        }
    }

    private boolean isStream() {
        long now = System.nanoTime();
        long gap = now - lastAppliedNanos;
        lastAppliedNanos = now;
        if (gap >= LONGEST_PAUSE_NANOS) {
            streamEntries = 0;
            return false;
        }
        long smoothed = pauseNanos + (2 * gap - pauseNanos) / 8;
        pauseNanos = Math.min(LONGEST_PAUSE_NANOS, Math.max(SHORTEST_PAUSE_NANOS, smoothed));
        return ++streamEntries >= STREAM_ENTRIES;
    }

    private void tellAtEndOfStream() {
        if (isScheduled.compareAndSet(false, true)) {
            schedule(pauseNanos);
        }
    }

    private void schedule(long nanos) {
        try {
            var unused = timer.schedule(this::onTimer, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops; the next leader tells");
        }
    }

    private void onTimer() {
        long left = pauseNanos - (System.nanoTime() - lastAppliedNanos);
        if (left > 0) {
            schedule(left);
            return;
        }
        isScheduled.set(false);
        tell();
    }

    private void tell() {
        for (PromptAppender appender : appenders) {
            if (appender.isBehind()) {
                appender.tell();
            }
        }
    }
}
