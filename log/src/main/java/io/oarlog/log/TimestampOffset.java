package io.oarlog.log;

/**
 * A record found by its time. Immutable.
 *
 * @param timestamp of the record, ms since the epoch
 * @param offset of the record
 * @param leaderEpoch epoch of the batch that holds it
 */
public record TimestampOffset(long timestamp, long offset, int leaderEpoch) {}
