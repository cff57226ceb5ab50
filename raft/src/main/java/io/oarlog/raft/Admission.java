package io.oarlog.raft;

import io.oarlog.log.SequenceCheck;
import java.util.List;

/**
 * Which appends may go into the next entry, and for which state of the tail that holds. Immutable.
 *
 * @param admitted in order; every one of them can be appended at {@code endOffset} and on
 * @param refused with the verdict; never {@link SequenceCheck.Accepted}
 * @param endOffset of the tail when this was decided
 * @param generation of the tail when this was decided
 */
record Admission(List<PendingAppend> admitted, List<Refused> refused, long endOffset, long generation) {
    record Refused(PendingAppend append, SequenceCheck verdict) {}

    int taken() {
        return admitted.size() + refused.size();
    }
}
