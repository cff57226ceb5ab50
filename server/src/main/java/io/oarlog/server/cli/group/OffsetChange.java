package io.oarlog.server.cli.group;

import org.jspecify.annotations.Nullable;

/**
 * One line of a reset. Immutable.
 *
 * @param committed offset so far; null when there is none
 * @param next offset to be committed
 * @param lagRecords afterwards
 * @param note what the user should know of it; null when nothing
 */
record OffsetChange(
        String topic,
        int partition,
        @Nullable Long committed,
        long next,
        long logStart,
        long logEnd,
        long lagRecords,
        @Nullable String note) {
    /** Into a log that reaches from {@code logStart} to {@code logEnd}: an offset out of it is moved to its nearer end. */
    static OffsetChange within(
            String topic, int partition, @Nullable Long committed, long wanted, long logStart, long logEnd) {
        long next = Math.max(logStart, Math.min(wanted, logEnd));
        String note = next == wanted
                ? null
                : wanted < logStart ? wanted + " is before the log's start" : wanted + " is behind the log's end";
        return new OffsetChange(topic, partition, committed, next, logStart, logEnd, logEnd - next, note);
    }
}
