package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Reads a file front to back in large chunks. Confined to its caller. */
final class FileWindow {
    private final DiskFile file;
    private final Path path;
    private final long endPosition;
    private final ByteBuffer buffer;
    private long start;

    /**
     * @param endPosition exclusive; must not lie behind the end of the file
     * @param maxBytes of one chunk
     */
    FileWindow(DiskFile file, Path path, long endPosition, int maxBytes) {
        this.file = file;
        this.path = path;
        this.endPosition = endPosition;
        this.buffer = ByteBuffer.allocate((int) Math.min(maxBytes, Math.max(endPosition, BatchHeader.BYTES)))
                .limit(0);
    }

    Path path() {
        return path;
    }

    long endPosition() {
        return endPosition;
    }

    /**
     * The bytes from {@code position} on, at least {@code minBytes} or up to the end position.
     *
     * @return this window's own buffer, valid until the next call
     * @throws CorruptLogException when the file ends early
     */
    ByteBuffer at(long position, int minBytes) {
        long wanted = Math.min(minBytes, endPosition - position);
        if (position < start || position + wanted > start + buffer.limit()) {
            fill(position, wanted);
        }
        return buffer.position((int) (position - start));
    }

    private void fill(long position, long wanted) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), endPosition - position));
        try {
            file.read(buffer, position);
        } catch (IOException e) {
            throw new LogException(path + ": cannot be read at position " + position, e);
        }
        buffer.flip();
        start = position;
        if (buffer.limit() < wanted) {
            throw CorruptLogException.at(path, position, wanted + " bytes", buffer.limit());
        }
    }
}
