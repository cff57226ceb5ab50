package io.oarlog.raft;

import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a range of a file. Confined to its caller, who closes the file. */
final class SnapshotInput extends InputStream {
    private final DiskFile file;
    private final long endPosition;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(SnapshotOutput.BUFFER_BYTES).limit(0);
    private long position;

    SnapshotInput(DiskFile file, long position, long endPosition) {
        this.file = file;
        this.position = position;
        this.endPosition = endPosition;
    }

    @Override
    public int read() throws IOException {
        return fill() ? buffer.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, buffer.remaining());
        buffer.get(target, offset, count);
        return count;
    }

    /** Whether there is something to read. */
    private boolean fill() throws IOException {
        if (!buffer.hasRemaining()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), endPosition - position));
            position += file.read(buffer, position);
            buffer.flip();
        }
        return buffer.hasRemaining();
    }
}
