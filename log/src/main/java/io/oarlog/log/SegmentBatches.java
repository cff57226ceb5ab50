package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads the batches of a sealed segment whole, one at a time, and verifies them. Confined to its caller, who holds the segment. */
final class SegmentBatches {
    private static final int WINDOW_BYTES = 256 * 1024;

    private final Segment segment;
    private final FileWindow window;
    private final BatchCursor cursor;
    /** For batches that are larger than the window. */
    private ByteBuffer large = ByteBuffer.allocate(0);

    /** @param start where to begin */
    SegmentBatches(Segment segment, SegmentIndexes.Start start) {
        this.segment = segment;
        this.window = segment.window(WINDOW_BYTES);
        this.cursor = new BatchCursor(window, start.position(), start.baseOffset());
    }

    boolean hasNext() {
        return cursor.hasNext();
    }

    /**
     * The next batch, its bytes valid until the next call.
     *
     * @throws CorruptLogException when the file holds something else than what was written
     */
    StoredBatch next() throws IOException {
        BatchHeader header = cursor.next();
        long position = cursor.position();
        BatchCursor.crcDefect(window, position).ifPresent(defect -> {
            throw CorruptLogException.at(window.path(), position, defect.expected(), defect.found());
        });
        return new StoredBatch(header, bytes(position, header.sizeInBytes()));
    }

    private ByteBuffer bytes(long position, int sizeInBytes) throws IOException {
        if (sizeInBytes <= WINDOW_BYTES) {
            return window.at(position, sizeInBytes).slice().limit(sizeInBytes);
        }
        if (large.capacity() < sizeInBytes) {
            large = ByteBuffer.allocate(sizeInBytes);
        }
        large.clear().limit(sizeInBytes);
        int found = segment.file().read(large, position);
        if (found < sizeInBytes) {
            throw CorruptLogException.at(window.path(), position, sizeInBytes + " bytes", found);
        }
        return large.flip();
    }
}
