package io.oarlog.log;

import java.nio.ByteBuffer;

/**
 * How young the records are that lie before some of a segment's batches, in order, and where these begin. Its entry of a
 * number speaks of the same batch as the offset index's, which is not asked. Single writer, many readers.
 *
 * <pre>
 * entry, 16 bytes: largest timestamp of all batches before this one (8), its base offset relative to the segment's (4), its
 *     position in the file (4)
 * </pre>
 */
final class TimeIndex {
    static final int ENTRY_BYTES = 16;

    private final IndexEntries entries;

    TimeIndex(IndexEntries entries) {
        this.entries = entries;
    }

    IndexEntries entries() {
        return entries;
    }

    void add(long maxTimestampBefore, int relativeOffset, int position) {
        entries.add(ByteBuffer.allocate(ENTRY_BYTES)
                .putLong(maxTimestampBefore)
                .putInt(relativeOffset)
                .putInt(position)
                .flip());
    }

    long maxTimestampBefore(int entry) {
        return entries.longAt(entry, 0);
    }

    int relativeOffset(int entry) {
        return entries.intAt(entry, 8);
    }

    int position(int entry) {
        return entries.intAt(entry, 12);
    }

    /** The last entry before which every record is older than {@code timestamp}, or -1. */
    int lastWithAllBefore(long timestamp) {
        int low = -1;
        int high = entries.count() - 1;
        while (low < high) {
            int middle = low + (high - low + 1) / 2;
            if (maxTimestampBefore(middle) < timestamp) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Whether the timestamps never fall, and the batches' places rise and lie inside a segment of that size. */
    boolean isSound(long segmentBytes) {
        long lastTimestamp = SegmentIndexes.NO_TIMESTAMP;
        // The first batch of a segment, at offset and position 0, never gets an entry.
        int lastOffset = 0;
        int lastPosition = 0;
        for (int entry = 0; entry < entries.count(); entry++) {
            if (maxTimestampBefore(entry) < lastTimestamp
                    || relativeOffset(entry) <= lastOffset
                    || position(entry) <= lastPosition) {
                return false;
            }
            lastTimestamp = maxTimestampBefore(entry);
            lastOffset = relativeOffset(entry);
            lastPosition = position(entry);
        }
        return entries.count() == 0 || lastPosition < segmentBytes;
    }

    /** Whether the entries name the same batches as the offset index's. */
    boolean isOfSameBatches(OffsetIndex offsets) {
        if (entries.count() != offsets.entries().count()) {
            return false;
        }
        for (int entry = 0; entry < entries.count(); entry++) {
            if (relativeOffset(entry) != offsets.relativeOffset(entry) || position(entry) != offsets.position(entry)) {
                return false;
            }
        }
        return true;
    }
}
