package io.oarlog.log;

/**
 * Both indexes of one segment, in memory, which get an entry for the same batches: for the first one that begins
 * {@code intervalBytes} or more behind the last indexed one. So the same batches always give the same entries.
 * Single writer, many readers.
 */
final class SegmentIndexes {
    /** A place that a search can start from. Immutable. */
    record Start(int position, long baseOffset) {
        /** Where the segment begins. */
        static Start ofSegment(long segmentBaseOffset) {
            return new Start(0, segmentBaseOffset);
        }
    }

    /**
     * What the last entries say. Immutable.
     *
     * @param start the last indexed batch, or the first one when none is
     * @param maxTimestampBefore of all batches before it
     */
    record Last(Start start, long maxTimestampBefore) {
        static Last none(long segmentBaseOffset) {
            return new Last(Start.ofSegment(segmentBaseOffset), NO_TIMESTAMP);
        }
    }

    /** Older than every record. */
    static final long NO_TIMESTAMP = -1;

    private final long segmentBaseOffset;
    private final int intervalBytes;
    private final OffsetIndex offsets;
    private final TimeIndex times;

    SegmentIndexes(long segmentBaseOffset, int intervalBytes, OffsetIndex offsets, TimeIndex times) {
        this.segmentBaseOffset = segmentBaseOffset;
        this.intervalBytes = intervalBytes;
        this.offsets = offsets;
        this.times = times;
    }

    static SegmentIndexes empty(long segmentBaseOffset, int intervalBytes) {
        return new SegmentIndexes(
                segmentBaseOffset,
                intervalBytes,
                new OffsetIndex(IndexEntries.empty(OffsetIndex.ENTRY_BYTES)),
                new TimeIndex(IndexEntries.empty(TimeIndex.ENTRY_BYTES)));
    }

    OffsetIndex offsets() {
        return offsets;
    }

    TimeIndex times() {
        return times;
    }

    /** Takes the next batch of the segment. */
    void onBatch(BatchHeader header, long position, long maxTimestampBefore) {
        long relativeOffset = header.baseOffset() - segmentBaseOffset;
        // A batch whose offset or position does not fit is found from the last entry before it.
        if (position - lastPosition() >= intervalBytes
                && relativeOffset <= Integer.MAX_VALUE
                && position <= Integer.MAX_VALUE) {
            times.add(maxTimestampBefore, (int) relativeOffset, (int) position);
            offsets.add((int) relativeOffset, (int) position);
        }
    }

    private int lastPosition() {
        int count = offsets.entries().count();
        return count == 0 ? 0 : offsets.position(count - 1);
    }

    /** What the last entries say. For the writer. */
    Last last() {
        int count = offsets.entries().count();
        return count == 0
                ? Last.none(segmentBaseOffset)
                : new Last(start(count - 1), times.maxTimestampBefore(count - 1));
    }

    /** The last indexed batch that begins at or before an offset and at or before a position. */
    Start before(long offset, long position) {
        return start(offsets.floor(offset - segmentBaseOffset, position));
    }

    /** The last indexed batch before which no record is as young as {@code timestamp}. */
    Start forTimestamp(long timestamp) {
        int entry = times.lastWithAllBefore(timestamp);
        return entry < 0
                ? Start.ofSegment(segmentBaseOffset)
                : new Start(times.position(entry), segmentBaseOffset + times.relativeOffset(entry));
    }

    private Start start(int entry) {
        return entry < 0
                ? Start.ofSegment(segmentBaseOffset)
                : new Start(offsets.position(entry), segmentBaseOffset + offsets.relativeOffset(entry));
    }

    /** A copy without the batches at {@code endOffset} and above. */
    SegmentIndexes before(long endOffset) {
        int count = offsets.floor(endOffset - 1 - segmentBaseOffset) + 1;
        return new SegmentIndexes(
                segmentBaseOffset,
                intervalBytes,
                new OffsetIndex(offsets.entries().first(count)),
                new TimeIndex(times.entries().first(count)));
    }

    boolean isSound(long segmentBytes) {
        return offsets.isSound(segmentBytes) && times.isSound(segmentBytes) && times.isOfSameBatches(offsets);
    }
}
