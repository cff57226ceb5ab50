package io.oarlog.log;

/**
 * Both indexes of one segment, which get an entry for the same batches: for the first one that begins
 * {@code intervalBytes} or more behind the last indexed one. So the same batches always give the same entries.
 * Single writer, many readers.
 */
final class SegmentIndexes {
    /** A place that a search can start from. Immutable. */
    record Start(int position, long baseOffset, long maxTimestampBefore) {}

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
        if (position - last().position() >= intervalBytes
                && relativeOffset <= Integer.MAX_VALUE
                && position <= Integer.MAX_VALUE) {
            // Times first: who sees an offset entry also reads the time entry of the same number.
            times.add(maxTimestampBefore, (int) relativeOffset);
            offsets.add((int) relativeOffset, (int) position);
        }
    }

    /** The last indexed batch. */
    Start last() {
        return start(offsets.entries().count() - 1);
    }

    /** The last indexed batch that begins at or before an offset. */
    Start forOffset(long offset) {
        return start(offsets.floor(offset - segmentBaseOffset));
    }

    /** The last indexed batch that begins at or before an offset and at or before a position. */
    Start before(long offset, long position) {
        return start(offsets.floor(offset - segmentBaseOffset, position));
    }

    /** The last indexed batch before which no record is as young as {@code timestamp}. */
    Start forTimestamp(long timestamp) {
        int entry = times.lastWithAllBefore(timestamp);
        return start(Math.min(entry, offsets.entries().count() - 1));
    }

    private Start start(int entry) {
        return entry < 0
                ? new Start(0, segmentBaseOffset, NO_TIMESTAMP)
                : new Start(
                        offsets.position(entry),
                        segmentBaseOffset + offsets.relativeOffset(entry),
                        times.maxTimestampBefore(entry));
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
        return offsets.isSound(segmentBytes) && times.isSound(offsets);
    }
}
