package io.oarlog.raft;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.util.ProtoUtils;

/**
 * What the leaders of this node's replicas say that they have committed; a replica knows by it that it is behind. Ratis tells a
 * replica only of what it has. Thread-safe.
 */
final class HeardCommits {
    /** Some heartbeats. */
    private static final Duration RECENT = Duration.ofSeconds(3);
    /** No question since entries were taken. */
    static final long NOT_ASKED = Long.MAX_VALUE;

    /** @param askedIndex lowest entry that the leader asked for and this replica did not have, since entries were taken */
    private record Heard(long commitIndex, long atNanos, long askedIndex) {}

    private final LongSupplier nanoClock;
    private final Map<RaftGroupId, Heard> heard = new ConcurrentHashMap<>();

    HeardCommits(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** A request was answered. */
    void onAnswer(AppendEntriesRequestProto request, AppendEntriesReplyProto reply) {
        if (reply.getResult() == AppendResult.NOT_LEADER || request.getCommitInfosCount() == 0) {
            return;
        }
        // The leader's own comes first; the request's commit index is no higher than what it sends.
        long commit = request.getCommitInfos(0).getCommitIndex();
        boolean isTaken = reply.getResult() == AppendResult.SUCCESS && request.getEntriesCount() > 0;
        long asked = reply.getResult() == AppendResult.INCONSISTENCY
                ? request.getPreviousLog().getIndex()
                : NOT_ASKED;
        heard.merge(
                ProtoUtils.toRaftGroupId(request.getServerRequest().getRaftGroupId()),
                new Heard(commit, nanoClock.getAsLong(), asked),
                (last, now) -> isTaken
                        ? now
                        : new Heard(commit, now.atNanos(), Math.min(last.askedIndex(), now.askedIndex())));
    }

    /** What is committed; none when no leader was heard of lately. */
    OptionalLong of(RaftGroupId group) {
        Heard last = heard.get(group);
        return last == null || nanoClock.getAsLong() - last.atNanos() > RECENT.toNanos()
                ? OptionalLong.empty()
                : OptionalLong.of(last.commitIndex());
    }

    /** A leader that looks for where the logs part asks for lower and lower entries: as long as it does, things go on. */
    long askedIndex(RaftGroupId group) {
        Heard last = heard.get(group);
        return last == null ? NOT_ASKED : last.askedIndex();
    }

    /** Forgets other groups. */
    void retain(Set<RaftGroupId> groups) {
        heard.keySet().retainAll(groups);
    }
}
