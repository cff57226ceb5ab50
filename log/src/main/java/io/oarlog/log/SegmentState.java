package io.oarlog.log;

/**
 * What is known of a segment without looking into it: a prefix of the file that is durable and was checked. Immutable.
 *
 * @param baseOffset of the segment
 * @param sizeInBytes of the prefix
 * @param endOffset exclusive, of the prefix
 * @param firstTimestamp the largest of the first batch's records, or {@link SegmentIndexes#NO_TIMESTAMP}
 * @param maxTimestamp of all records in the prefix, or {@link SegmentIndexes#NO_TIMESTAMP}
 */
record SegmentState(long baseOffset, long sizeInBytes, long endOffset, long firstTimestamp, long maxTimestamp) {
    SegmentState {
        if (baseOffset < 0 || sizeInBytes < 0 || endOffset < baseOffset) {
            throw new IllegalArgumentException("segment at " + baseOffset + " to " + endOffset + " of " + sizeInBytes);
        }
    }
}
