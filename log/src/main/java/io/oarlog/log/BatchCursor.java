package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.Optional;
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
        BatchHeader header =
                BatchHeader.read(window.at(nextPosition, BatchHeader.BYTES).slice(), 0);
        position = nextPosition;
        nextPosition += header.sizeInBytes();
        nextOffset = header.nextOffset();
        return header;
    }

    /** What keeps the next batch from being stepped over. */
    Optional<Defect> nextDefect() {
        ByteBuffer bytes = window.at(nextPosition, BatchHeader.BYTES);
        Optional<Defect> defect =
                RecordBatches.frameDefect(bytes, bytes.position(), window.endPosition() - nextPosition);
        if (defect.isPresent()) {
            return defect;
        }
        long baseOffset = bytes.getLong(bytes.position());
        return baseOffset == nextOffset
                ? Optional.empty()
                : Optional.of(Defect.corrupt("base offset " + nextOffset, baseOffset));
    }

    /** Reads the next batch, which {@link #nextDefect} found well framed, and verifies its checksum. */
    Optional<Defect> nextCrcDefect() {
        return crcDefect(window, nextPosition);
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

    /** Verifies the checksum of a well framed batch, in chunks: a batch may be larger than the window. */
    static Optional<Defect> crcDefect(FileWindow window, long batchPosition) {
        BatchHeader header =
                BatchHeader.read(window.at(batchPosition, BatchHeader.BYTES).slice(), 0);
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
