package io.oarlog.log;

import java.nio.ByteBuffer;

/**
 * Where in a segment some of its batches begin, in order. Single writer, many readers.
 *
 * <pre>
 * entry, 8 bytes: base offset of a batch relative to the segment's (4), its position in the file (4)
 * </pre>
 */
final class OffsetIndex {
    static final int ENTRY_BYTES = 8;

    private final IndexEntries entries;

    OffsetIndex(IndexEntries entries) {
        this.entries = entries;
    }

    IndexEntries entries() {
        return entries;
    }

    void add(int relativeOffset, int position) {
        entries.add(ByteBuffer.allocate(ENTRY_BYTES)
                .putInt(relativeOffset)
                .putInt(position)
                .flip());
    }

    int relativeOffset(int entry) {
        return entries.intAt(entry, 0);
    }

    int position(int entry) {
        return entries.intAt(entry, 4);
    }

    /** The last entry at or before an offset, or -1. */
    int floor(long relativeOffset) {
        return floor(relativeOffset, Integer.MAX_VALUE);
    }

    /** The last entry at or before an offset that is at or before a position as well, or -1. */
    int floor(long relativeOffset, long position) {
        int low = -1;
        int high = entries.count() - 1;
        while (low < high) {
            int middle = low + (high - low + 1) / 2;
            if (relativeOffset(middle) <= relativeOffset && position(middle) <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Whether the entries rise and lie inside a segment of that size. */
    boolean isSound(long segmentBytes) {
        // The first batch of a segment, at offset and position 0, never gets an entry.
        int lastOffset = 0;
        int lastPosition = 0;
        for (int entry = 0; entry < entries.count(); entry++) {
            if (relativeOffset(entry) <= lastOffset || position(entry) <= lastPosition) {
                return false;
            }
            lastOffset = relativeOffset(entry);
            lastPosition = position(entry);
        }
        return entries.count() == 0 || lastPosition < segmentBytes;
    }
}
