package io.oarlog.client;

/**
 * A record found by its time. Immutable.
 *
 * @param timestamp of the record, ms since the epoch
 */
public record OffsetAndTimestamp(long offset, long timestamp) {}
