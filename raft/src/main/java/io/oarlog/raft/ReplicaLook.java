package io.oarlog.raft;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * A replica of this node at one moment, as {@link Watchdog} sees it. Immutable. Indexes are those of the Raft log, the last
 * ones inclusive.
 *
 * @param partition none for the metadata
 * @param lifeCycle of its division
 * @param flushedIndex what is on the disk
 * @param isAtDisk it is in the midst of a write or an fsync of records
 * @param leaderCommit what its leader says is committed; none when it does not follow, was not told lately, or has a reason to be behind
 * @param askedIndex the lowest entry by which the leader looks for where the two logs part, see {@link HeardCommits}
 * @param followers when it leads
 */
record ReplicaLook(
        RaftGroupId group,
        Optional<PartitionId> partition,
        State state,
        String role,
        String lifeCycle,
        long term,
        long appliedIndex,
        long flushedIndex,
        long lastIndex,
        boolean isAtDisk,
        OptionalLong leaderCommit,
        long askedIndex,
        List<Follower> followers) {
    /** What is to be thought of its division. */
    enum State {
        /** Being opened, closed, repaired or copied by this node; fenced; or no member of its group. Not to be touched. */
        IN_HAND,
        RUNNING,
        CLOSING,
        /** Closed, or failed. */
        STOPPED,
        /** There is none. */
        GONE
    }

    ReplicaLook {
        followers = List.copyOf(followers);
    }

    /**
     * A follower as its leader knows it.
     *
     * @param missing entries of the leader's Raft log that it has not said that it has
     * @param isExpected to take entries: it answers, has room, and does not copy what it needs
     */
    record Follower(RaftPeerId peer, long matchIndex, long nextIndex, long missing, boolean isExpected) {}

    String name() {
        return partition.map(PartitionId::toString).orElse("the metadata");
    }

    boolean isMetadata() {
        return partition.isEmpty();
    }

    /** Entries that are committed and not applied here, as far as it was told. */
    long behind() {
        return leaderCommit.isPresent() ? Math.max(0, leaderCommit.getAsLong() - appliedIndex) : 0;
    }
}
