package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/** Walks the batches of a segment file in order, by their headers. Confined to its caller. */
final class BatchCursor {
    private final FileWindow window;
    private long nextPosition;
    private long nextOffset;
    private long position;

    /**
     * @param position where a batch begins or the window ends
     * @param baseOffset of that batch
     */
    BatchCursor(FileWindow window, long position, long baseOffset) {
        this.window = window;
        this.position = position;
        this.nextPosition = position;
        this.nextOffset = baseOffset;
    }

    boolean hasNext() {
        return nextPosition < window.endPosition();
    }

    /**
     * Steps over the next batch; its checksum is not looked at.
     *
     * @throws CorruptLogException when there is none, or another one than expected
     */
    BatchHeader next() {
        nextDefect().ifPresent(defect -> {
            throw CorruptLogException.at(window.path(), nextPosition, defect.expected(), defect.found());
        });
        BatchHeader header = nextHeader();
        position = nextPosition;
        nextPosition += header.sizeInBytes();
        nextOffset = header.nextOffset();
        return header;
    }

    /** What keeps the next batch from being stepped over. */
    Optional<Defect> nextDefect() {
        Optional<Defect> defect = frameDefect(window, nextPosition);
        if (defect.isPresent()) {
            return defect;
        }
        long baseOffset = nextHeader().baseOffset();
        return baseOffset == nextOffset
                ? Optional.empty()
                : Optional.of(Defect.corrupt("base offset " + nextOffset, baseOffset));
    }

    /** Reads the next batch, which {@link #nextDefect} found well framed, and verifies its checksum. */
    Optional<Defect> nextCrcDefect() {
        return crcDefect(window, nextPosition);
    }

    /** The header of the next batch, which {@link #nextDefect} found well framed. */
    BatchHeader nextHeader() {
        return headerAt(window, nextPosition);
    }

    /** Position of the batch that {@link #next} returned last. */
    long position() {
        return position;
    }

    /** Where the next batch begins, or the end. */
    long nextPosition() {
        return nextPosition;
    }

    /** Offset that the next batch must have. */
    long nextOffset() {
        return nextOffset;
    }

    /** What keeps the bytes at a position from being framed as a batch. */
    static Optional<Defect> frameDefect(FileWindow window, long batchPosition) {
        ByteBuffer bytes = window.at(batchPosition, BatchHeader.BYTES);
        return RecordBatches.frameDefect(bytes, bytes.position(), window.endPosition() - batchPosition);
    }

    /** The header of a well framed batch. */
    static BatchHeader headerAt(FileWindow window, long batchPosition) {
        return BatchHeader.read(window.at(batchPosition, BatchHeader.BYTES).slice(), 0);
    }

    /**
     * Where, from a position on, the first sound batch above an offset begins, on whatever byte. The bound on the offset keeps
     * random bytes from passing for a header, and large stretches of them from being summed up often.
     */
    static OptionalLong wholeBatchFrom(FileWindow window, long from, long aboveOffset, long segmentBaseOffset) {
        for (long at = from; at + BatchHeader.BYTES <= window.endPosition(); at++) {
            ByteBuffer bytes = window.at(at, BatchHeader.BYTES);
            long baseOffset = bytes.getLong(bytes.position());
            if (baseOffset > aboveOffset
                    && baseOffset - segmentBaseOffset <= Integer.MAX_VALUE
                    && frameDefect(window, at).isEmpty()
                    && crcDefect(window, at).isEmpty()) {
                return OptionalLong.of(at);
            }
        }
        return OptionalLong.empty();
    }

    /** Verifies the checksum of a well framed batch, in chunks: a batch may be larger than the window. */
    static Optional<Defect> crcDefect(FileWindow window, long batchPosition) {
        BatchHeader header = headerAt(window, batchPosition);
        CRC32C crc = new CRC32C();
        long end = batchPosition + header.sizeInBytes();
        long at = batchPosition + BatchHeader.ATTRIBUTES_POSITION;
        while (at < end) {
            ByteBuffer chunk = window.at(at, 1).slice();
            int bytes = (int) Math.min(chunk.remaining(), end - at);
            crc.update(chunk.limit(bytes));
            at += bytes;
        }
        return RecordBatches.crcDefect(header, crc);
    }
}
