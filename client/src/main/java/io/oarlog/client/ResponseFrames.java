package io.oarlog.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the byte stream into responses and passes each on as a heap {@link ByteBuffer}, which the receiver may keep: one
 * copy, from the socket's buffer. Confined to the event loop.
 *
 * <pre>
 * offset size field
 *      0    4 length of what follows
 *      4    n response header and body
 * </pre>
 *
 * <p>A length outside 4 (a correlation id) to the limit closes the connection before anything is allocated for it.
 */
final class ResponseFrames extends ChannelInboundHandlerAdapter {
    private static final int LENGTH_BYTES = 4;

    private final int maxResponseBytes;
    private final byte[] lengthBytes = new byte[LENGTH_BYTES];
    private int lengthBytesRead;
    private byte @Nullable [] frame;
    private int frameBytesRead;

    ResponseFrames(int maxResponseBytes) {
        this.maxResponseBytes = maxResponseBytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            while (bytes.isReadable()) {
                ByteBuffer complete = read(bytes);
                if (complete != null) {
                    context.fireChannelRead(complete);
                }
            }
        } finally {
            bytes.release();
        }
    }

    private @Nullable ByteBuffer read(ByteBuf bytes) {
        byte[] target = frame;
        if (target == null) {
            int count = Math.min(LENGTH_BYTES - lengthBytesRead, bytes.readableBytes());
            bytes.readBytes(lengthBytes, lengthBytesRead, count);
            lengthBytesRead += count;
            if (lengthBytesRead < LENGTH_BYTES) {
                return null;
            }
            target = new byte[checked(ByteBuffer.wrap(lengthBytes).getInt())];
            frame = target;
        }
        int count = Math.min(target.length - frameBytesRead, bytes.readableBytes());
        bytes.readBytes(target, frameBytesRead, count);
        frameBytesRead += count;
        if (frameBytesRead < target.length) {
            return null;
        }
        frame = null;
        frameBytesRead = 0;
        lengthBytesRead = 0;
        return ByteBuffer.wrap(target);
    }

    private int checked(int length) {
        if (length < LENGTH_BYTES || length > maxResponseBytes) {
            throw new ConnectionLostException(
                    "response of " + length + " bytes, allowed are " + LENGTH_BYTES + " to " + maxResponseBytes, null);
        }
        return length;
    }
}
