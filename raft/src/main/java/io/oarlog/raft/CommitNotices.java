package io.oarlog.raft;

import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appenders of the metadata group on this node, if it leads: wakes them when a command was applied, so that followers
 * learn of its commit. Thread-safe.
 *
 * <p>The node that submitted the command waits for it and is told at once. The others are told a little later, unless the
 * next entry has told them by then: each such message costs as much as an entry.
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

    /**
     * This node applied an entry. Returns at once; does nothing on a follower.
     *
     * @param submitter the node that waits for it, if that is known
     */
    void onApplied(OptionalInt submitter) {
        boolean isNewsForOthers = false;
        for (PromptAppender appender : appenders) {
            boolean isWaiting = submitter.isEmpty() || submitter.getAsInt() == appender.followerNode();
            boolean isNews = appender.isCommitNews();
            if (isNews && isWaiting) {
                appender.notifyLogAppender();
            }
            isNewsForOthers |= isNews && !isWaiting;
        }
        if (isNewsForOthers && isScheduled.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        try {
            var unused = timer.schedule(this::tellOthers, DELAY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops; the next leader tells");
        }
    }

    private void tellOthers() {
        isScheduled.set(false);
        onApplied(OptionalInt.empty());
    }
}
