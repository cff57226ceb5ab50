package io.oarlog.raft;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;

/** The appenders of the groups that this node leads, one for each follower. Thread-safe. */
final class FollowerAppenders {
    private final Map<RaftGroupId, Map<RaftPeerId, FollowerAppender>> appenders = new ConcurrentHashMap<>();

    /** An appender is about to begin. */
    void add(FollowerAppender appender) {
        appenders.compute(groupOf(appender), (group, ofGroup) -> {
            Map<RaftPeerId, FollowerAppender> all = ofGroup == null ? new ConcurrentHashMap<>() : ofGroup;
            all.put(appender.getFollowerId(), appender);
            return all;
        });
    }

    private static RaftGroupId groupOf(FollowerAppender appender) {
        return appender.getServer().getMemberId().getGroupId();
    }

    void remove(FollowerAppender appender) {
        appenders.computeIfPresent(groupOf(appender), (group, ofGroup) -> {
            ofGroup.remove(appender.getFollowerId(), appender);
            return ofGroup.isEmpty() ? null : ofGroup;
        });
    }

    List<FollowerAppender> of(RaftGroupId group) {
        return List.copyOf(appenders.getOrDefault(group, Map.of()).values());
    }

    /** As {@link FollowerAppender#sendAnew}; does nothing when the follower is not led any more. */
    void sendAnew(RaftGroupId group, RaftPeerId follower) {
        FollowerAppender appender = appenders.getOrDefault(group, Map.of()).get(follower);
        if (appender != null) {
            appender.sendAnew();
        }
    }
}
