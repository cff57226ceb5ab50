package io.oarlog.raft;

import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;

/** Writes a file from its beginning, in pieces, and the CRC-32C of all bytes behind them. Confined to its caller. */
final class SnapshotOutput extends OutputStream {
    static final int BUFFER_BYTES = DiskFile.MAX_PIECE_BYTES;

    private final DiskFile file;
    private final BooleanSupplier isCancelled;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final CRC32C crc = new CRC32C();
    private long position;

    SnapshotOutput(DiskFile file, BooleanSupplier isCancelled) {
        this.file = file;
        this.isCancelled = isCancelled;
    }

    @Override
    public void write(int value) throws IOException {
        makeRoom();
        buffer.put((byte) value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int written = 0;
        while (written < length) {
            makeRoom();
            int count = Math.min(buffer.remaining(), length - written);
            buffer.put(bytes, offset + written, count);
            written += count;
        }
    }

    private void makeRoom() throws IOException {
        if (!buffer.hasRemaining()) {
            writeBuffer();
        }
    }

    private void writeBuffer() throws IOException {
        if (isCancelled.getAsBoolean()) {
            throw new IOException("the snapshot is not finished: the node stops");
        }
        buffer.flip();
        crc.update(buffer.duplicate());
        position += file.write(new ByteBuffer[] {buffer}, position);
        buffer.clear();
    }

    /** Writes what is left and the checksum; not durable yet. */
    void finish() throws IOException {
        writeBuffer();
        ByteBuffer checksum = ByteBuffer.allocate(SnapshotFile.CRC_BYTES).putInt(0, (int) crc.getValue());
        file.write(new ByteBuffer[] {checksum}, position);
    }
}
