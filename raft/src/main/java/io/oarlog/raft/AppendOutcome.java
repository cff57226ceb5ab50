package io.oarlog.raft;

import java.util.OptionalInt;

/** How an append to a {@link ReplicatedLog} ended. Every expected end is a value; only bugs are thrown. */
public sealed interface AppendOutcome {
    /**
     * On disk (fsync) at a majority and applied here.
     *
     * @param baseOffset offset of the first record
     * @param duplicate the batch had been appended before, by the same idempotent producer; the offset is the first one's
     */
    record Appended(long baseOffset, boolean duplicate) implements AppendOutcome {}

    /** Nothing was appended: this node does not lead. */
    record NotLeader(OptionalInt leaderId, int leaderEpoch) implements AppendOutcome {}

    /** Nothing was appended: the batch does not follow the producer's last one. */
    record OutOfOrderSequence(int expected, int found) implements AppendOutcome {}

    /** Nothing was appended: a newer epoch of this producer id has written. */
    record ProducerFenced(int currentEpoch, int found) implements AppendOutcome {}

    /** Nothing was appended: the bound on waiting bytes of this partition is reached. */
    record Busy() implements AppendOutcome {}

    /**
     * Nothing was appended: the disk of this node, or those of a majority, have less space left than is kept in reserve. Taken
     * again when there is space.
     */
    record OutOfSpace(String reason) implements AppendOutcome {}

    /** Nothing can be appended here any more until an operator acts: the replica's disk failed. */
    record Fenced(String reason) implements AppendOutcome {}

    /** The batch may or may not be committed later: leadership was lost or the node stopped with it in flight. */
    record Unknown(String reason) implements AppendOutcome {}
}
