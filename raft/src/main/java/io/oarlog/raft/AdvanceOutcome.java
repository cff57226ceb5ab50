package io.oarlog.raft;

import java.util.OptionalInt;

/** How a move of a log's start, or of the bound of its compaction, ended. Every expected end is a value. */
public sealed interface AdvanceOutcome {
    /** A majority has it; {@code offset} is where it is here now, which may be higher than asked for. */
    record Advanced(long offset) implements AdvanceOutcome {}

    /** Nothing was changed: the offset lies above the high watermark. */
    record BeyondHighWatermark(long highWatermark) implements AdvanceOutcome {}

    /** Nothing was changed: this node does not lead. */
    record NotLeader(OptionalInt leaderId, int leaderEpoch) implements AdvanceOutcome {}

    /** It may or may not come; asking again does no harm. */
    record Unknown(String reason) implements AdvanceOutcome {}
}
