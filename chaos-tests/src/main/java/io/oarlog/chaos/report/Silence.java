package io.oarlog.chaos.report;

/**
 * A time in which clients sent and no send was acknowledged.
 *
 * @param isOver false: it lasted until clients stopped sending
 */
record Silence(long beginNanos, long endNanos, boolean isOver) {
    long nanos() {
        return endNanos - beginNanos;
    }

    /** Whether the fault was open in it. */
    boolean meets(FaultSpan fault) {
        return fault.beginNanos() < endNanos && fault.endNanos() > beginNanos;
    }
}
