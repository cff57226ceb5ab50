package io.oarlog.chaos.report;

import io.oarlog.chaos.nemesis.FaultKind;
import java.util.Optional;

/**
 * One fault as it was made, and what ended while it was open.
 *
 * @param text as the nemesis told it
 * @param endNanos when it was healed, or the end of the histories
 * @param isHealed false: it was open at the end of the histories
 * @param silenceNanos the longest time in it without an acknowledged send
 * @param slowestNanos the slowest send that was acknowledged; 0: there was none
 */
record FaultSpan(
        String text,
        long beginNanos,
        long endNanos,
        boolean isHealed,
        int acknowledged,
        int refused,
        int unknown,
        long silenceNanos,
        long slowestNanos) {
    private static final String MINORITY = "minority ";

    /** Whether it left every partition a majority, as the nemesis said. */
    boolean isOfMinority() {
        return text.startsWith(MINORITY);
    }

    /** Without what {@link #isOfMinority} tells. */
    String label() {
        return isOfMinority() ? text.substring(MINORITY.length()) : text;
    }

    Optional<FaultKind> kind() {
        return FaultKind.of(label().split(" ", 2)[0]);
    }
}
