package io.oarlog.chaos.checker;

/**
 * One call of a register. Values are numbers from 0 on, 0 for a register that was not written yet.
 *
 * @param invoked the index of its invocation
 * @param ended the index of its completion; {@link #NEVER} for one that may have taken effect or not, and may still
 * @param expected what the register must hold before, for reads and compare-and-set; {@link #NOTHING} for writes
 * @param left what the register holds after, for writes and compare-and-set; {@link #NOTHING} for reads
 */
record RegisterCall(int invoked, int ended, int expected, int left) {
    static final int NEVER = Integer.MAX_VALUE;
    static final int NOTHING = -1;
    static final int NOT_WRITTEN = 0;

    boolean isCertain() {
        return ended != NEVER;
    }

    /** The same call as if nobody had heard how it ended. */
    RegisterCall asUncertain() {
        return new RegisterCall(invoked, NEVER, expected, left);
    }

    boolean isRead() {
        return left == NOTHING;
    }

    boolean isWrite() {
        return expected == NOTHING;
    }

    /** Whether both leave the same value. */
    boolean leavesSame(RegisterCall other) {
        return !isRead() && left == other.left;
    }

    boolean hasSameEffect(RegisterCall other) {
        return expected == other.expected && left == other.left;
    }
}
