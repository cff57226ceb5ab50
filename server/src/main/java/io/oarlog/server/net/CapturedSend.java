package io.oarlog.server.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.network.TransferableChannel;

/** Takes the buffers out of an encoded response without copying them. Confined to its caller. */
final class CapturedSend implements TransferableChannel {
    private final List<ByteBuffer> buffers = new ArrayList<>();

    private CapturedSend() {}

    /** The bytes of {@code send}, length prefix included, as the buffers that it is made of. */
    static ByteBuffer[] buffers(Send send) {
        CapturedSend channel = new CapturedSend();
        try {
            while (!send.completed()) {
                send.writeTo(channel);
            }
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
        return channel.buffers.toArray(new ByteBuffer[0]);
    }

    @Override
    public int write(ByteBuffer source) {
        buffers.add(source.duplicate());
        int bytes = source.remaining();
        source.position(source.limit());
        return bytes;
    }

    @Override
    public long write(ByteBuffer[] sources) {
        return write(sources, 0, sources.length);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        long bytes = 0;
        for (int i = offset; i < offset + length; i++) {
            bytes += write(sources[i]);
        }
        return bytes;
    }

    @Override
    public boolean hasPendingWrites() {
        return false;
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(count));
        int read = file.read(bytes, position);
        buffers.add(bytes.flip());
        return read;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        // nothing is held
    }
}
