package io.oarlog.raft;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The appenders of the metadata group on this node, if it leads: wakes them when a command was applied, so that followers
 * learn of its commit. Thread-safe.
 */
final class CommitNotices {
    private final Set<PromptAppender> appenders = ConcurrentHashMap.newKeySet();

    void add(PromptAppender appender) {
        appenders.add(appender);
    }

    void remove(PromptAppender appender) {
        appenders.remove(appender);
    }

    /** This node applied an entry. Returns at once; does nothing on a follower. */
    void onApplied() {
        for (PromptAppender appender : appenders) {
            if (appender.isCommitNews()) {
                appender.notifyLogAppender();
            }
        }
    }
}
