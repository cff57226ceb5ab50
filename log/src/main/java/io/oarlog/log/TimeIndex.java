package io.oarlog.log;

import java.nio.ByteBuffer;

/**
 * How young the records are that lie before some of a segment's batches, in order. Its entry of a number speaks of the same
 * batch as the offset index's. Single writer, many readers.
 *
 * <pre>
 * entry, 12 bytes: largest timestamp of all batches before this one (8), its base offset relative to the segment's (4)
 * </pre>
 */
final class TimeIndex {
    static final int ENTRY_BYTES = 12;

    private final IndexEntries entries;

    TimeIndex(IndexEntries entries) {
        this.entries = entries;
    }

    IndexEntries entries() {
        return entries;
    }

    void add(long maxTimestampBefore, int relativeOffset) {
        entries.add(ByteBuffer.allocate(ENTRY_BYTES)
                .putLong(maxTimestampBefore)
                .putInt(relativeOffset)
                .flip());
    }

    long maxTimestampBefore(int entry) {
        return entries.longAt(entry, 0);
    }

    private int relativeOffset(int entry) {
        return entries.intAt(entry, 8);
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

    /** Whether the timestamps never fall and the entries name the same batches as the offset index. */
    boolean isSound(OffsetIndex offsets) {
        if (entries.count() != offsets.entries().count()) {
            return false;
        }
        long last = SegmentIndexes.NO_TIMESTAMP;
        for (int entry = 0; entry < entries.count(); entry++) {
            if (relativeOffset(entry) != offsets.relativeOffset(entry) || maxTimestampBefore(entry) < last) {
                return false;
            }
            last = maxTimestampBefore(entry);
        }
        return true;
    }
}
