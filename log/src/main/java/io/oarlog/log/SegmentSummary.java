package io.oarlog.log;

/**
 * A segment as {@link RetentionPolicy} sees it. Immutable.
 *
 * @param endOffset exclusive
 * @param maxTimestamp of all records, in ms since the epoch; negative when they have none
 */
public record SegmentSummary(long baseOffset, long endOffset, long sizeInBytes, long maxTimestamp) {}
