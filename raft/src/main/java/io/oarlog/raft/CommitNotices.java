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
 * <p>The node that submitted a command waits for it and is told at once: Ratis wakes appenders when something is committed.
 * The others are told a little later, unless the next entry has told them by then: each such message costs as much as an
 * entry.
 */
final class CommitNotices {
    private static final Logger LOG = LoggerFactory.getLogger(CommitNotices.class);
    private static final long DELAY_MILLIS = 5;

    private final Set<PromptAppender> appenders = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isScheduled = new AtomicBoolean();
    private final ScheduledExecutorService timer;

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

    /** This node applied an entry. Returns at once; does nothing on a follower. */
    void onApplied() {
        boolean isNews = appenders.stream().anyMatch(PromptAppender::isBehind);
        if (!isNews || !isScheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            var unused = timer.schedule(this::tell, DELAY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops; the next leader tells");
        }
    }

    private void tell() {
        isScheduled.set(false);
        for (PromptAppender appender : appenders) {
            if (appender.isBehind()) {
                appender.tell();
            }
        }
    }
}
