package io.oarlog.log;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Walks all batches of a segment file, and goes on behind those that are damaged. Where no batch is framed, the next sound one
 * with a higher offset is looked for, on whatever byte it begins. Confined to its caller.
 */
final class SegmentWalk {
    private static final int WINDOW_BYTES = 256 * 1024;

    private final FileWindow window;
    private final SegmentName name;
    private BatchCursor cursor;

    SegmentWalk(DiskFile file, SegmentName name, long sizeInBytes) {
        this.window = new FileWindow(file, name.logFile(), sizeInBytes, WINDOW_BYTES);
        this.name = name;
        this.cursor = new BatchCursor(window, 0, name.baseOffset());
    }

    boolean hasNext() {
        return cursor.hasNext();
    }

    /** Where the next batch begins, damaged or not, or the end. */
    long position() {
        return cursor.nextPosition();
    }

    /** Offset that the next batch must have. */
    long offset() {
        return cursor.nextOffset();
    }

    /** What is wrong with the frame or the base offset of the next batch: {@link #next} cannot step over it then. */
    Optional<Defect> frameDefect() {
        return cursor.nextDefect();
    }

    /** Whether the next batch, which is well framed, has the checksum that it should have. */
    Optional<Defect> crcDefect() {
        return cursor.nextCrcDefect();
    }

    /** Steps over the next batch, which is well framed. */
    BatchHeader next() {
        return cursor.next();
    }

    /** Whether a sound batch of a higher offset lies somewhere behind the beginning of the next one. */
    boolean isFollowedByWholeBatch() {
        return wholeBatchBehind().isPresent();
    }

    /** The header of the next batch, if one is framed there. */
    Optional<BatchHeader> framed() {
        return BatchCursor.frameDefect(window, cursor.nextPosition()).isEmpty()
                ? Optional.of(BatchCursor.headerAt(window, cursor.nextPosition()))
                : Optional.empty();
    }

    /** Steps over a damaged batch. Its header is believed as far as what follows agrees with it. */
    void skipDamaged() {
        Optional<BatchHeader> framed = framed();
        if (framed.isPresent()) {
            BatchHeader header = framed.get();
            long end = cursor.nextPosition() + header.sizeInBytes();
            long endOffset = cursor.nextOffset() + header.lastOffsetDelta() + 1;
            if (end == window.endPosition() || begins(end, endOffset)) {
                cursor = new BatchCursor(window, end, endOffset);
                return;
            }
            if (begins(end, header.nextOffset())) {
                cursor = new BatchCursor(window, end, header.nextOffset());
                return;
            }
        }
        long behind = wholeBatchBehind().orElse(window.endPosition());
        long offset = behind == window.endPosition()
                ? cursor.nextOffset()
                : BatchCursor.headerAt(window, behind).baseOffset();
        cursor = new BatchCursor(window, behind, offset);
    }

    private boolean begins(long position, long baseOffset) {
        return position < window.endPosition()
                && BatchCursor.frameDefect(window, position).isEmpty()
                && BatchCursor.headerAt(window, position).baseOffset() == baseOffset;
    }

    private OptionalLong wholeBatchBehind() {
        return BatchCursor.wholeBatchFrom(window, cursor.nextPosition() + 1, cursor.nextOffset(), name.baseOffset());
    }
}
