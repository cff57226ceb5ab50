package io.oarlog.log;

import io.oarlog.log.CrashViolation.Kind;
import java.util.List;

/**
 * What a log may be after a crash at some moment. Immutable.
 *
 * @param outcomes one of these; more than one while something is under way that happens as a whole or not at all
 */
record CrashExpectation(List<Outcome> outcomes) {
    CrashExpectation {
        outcomes = List.copyOf(outcomes);
    }

    /**
     * @param log with an append that is under way: any number of batches may be missing from its end
     * @param leastEndOffset where it may end at the least: what was acknowledged lies below
     * @param durableStartOffset where it may start at the least
     * @param startOffset where it may start at the most: as was asked for
     */
    record Outcome(NaiveLog log, long leastEndOffset, long durableStartOffset, long startOffset) {
        /** Nothing less and nothing more. */
        static Outcome exactly(NaiveLog log, long startOffset) {
            return new Outcome(log, log.endOffset(), startOffset, startOffset);
        }

        private Outcome verify(SegmentedLog found) {
            long start = found.startOffset();
            if (start < durableStartOffset || start > startOffset) {
                throw new CrashViolation(
                        Kind.WRONG_START,
                        "starts at " + start + ", not at " + durableStartOffset + " to " + startOffset);
            }
            long end = found.endOffset();
            if (end < leastEndOffset) {
                throw new CrashViolation(Kind.LOST, "ends at " + end + ", below " + leastEndOffset);
            }
            NaiveLog expected = log.before(end);
            if (expected.endOffset() != end) {
                throw new CrashViolation(
                        Kind.INVENTED, "ends at " + end + ", no batch ends there but one at " + expected.endOffset());
            }
            RecoveredLog.verify(found, expected);
            return exactly(expected, start);
        }
    }

    /**
     * Compares what was recovered.
     *
     * @return what it is now, exactly
     * @throws CrashViolation when it is none of the outcomes
     */
    Outcome verify(SegmentedLog found) {
        for (Outcome outcome : outcomes.subList(1, outcomes.size())) {
            try {
                return outcome.verify(found);
            } catch (CrashViolation e) {
                // The first outcome is left, and tells.
            }
        }
        return outcomes.get(0).verify(found);
    }
}
