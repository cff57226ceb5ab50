package io.oarlog.server.cli.group;

import java.time.Instant;

/** Where offsets are to be set. Immutable. */
sealed interface ResetTarget {
    /** The first record that the log has. */
    record Earliest() implements ResetTarget {}

    /** Behind the last record. */
    record Latest() implements ResetTarget {}

    /** The first record that is not older; behind the last one when all are. */
    record Time(Instant instant) implements ResetTarget {}

    /** So many offsets on from what is committed; negative is back. */
    record Shift(long records) implements ResetTarget {}

    /** This offset. */
    record Exact(long offset) implements ResetTarget {}
}
