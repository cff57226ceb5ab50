package io.oarlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** An open file of a {@link Disk}. One writer at a time, many readers; a reader may run beside the writer. */
public interface DiskFile extends Closeable {
    /** Of a file that is sent through memory. */
    int MAX_PIECE_BYTES = 64 * 1024;

    /**
     * Writes all bytes of the buffers, in order, or throws; then a part of them may be in the file. The buffers' positions
     * and limits are left untouched. Not durable until {@link #force}.
     *
     * @return bytes written
     * @throws NoSpaceException when the file system has no room for them
     */
    long write(ByteBuffer[] buffers, long position) throws IOException;

    /**
     * Reads until the target is full or the file ends; the target's position advances.
     *
     * @return bytes read, 0 at the end of the file
     */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Sends bytes of the file to a channel, as many as it takes, without copying them where the machine can.
     *
     * @return bytes sent; 0 when the channel takes none now, and at the end of the file
     */
    default long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count, MAX_PIECE_BYTES));
        read(piece, position);
        return target.write(piece.flip());
    }

    /** Brings bytes of the file into the machine's memory where that is possible, so that sending them does not wait for the disk. */
    default void load(long position, long count) throws IOException {
        // nothing: they are read when they are sent
    }

    /** Bytes in the file. */
    long size() throws IOException;

    /** Cuts the file to at most {@code size} bytes. Not durable until {@link #force}. */
    void truncate(long size) throws IOException;

    /**
     * Makes the file's bytes and its size durable. After a failure nobody knows what of them is on disk, and trying again
     * proves nothing.
     */
    void force() throws IOException;
}
