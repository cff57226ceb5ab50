package io.oarlog.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into frames: 4 bytes of length, then so many bytes, which become one heap buffer that requests can slice.
 * Confined to the connection's event loop.
 *
 * <p>The length is checked before anything is allocated, and a long frame's buffer grows with the bytes that really come.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
    private static final int LENGTH_BYTES = 4;
    /** What an announced length alone can take: ten thousand connections that send no more take 10 MiB. */
    private static final int FIRST_ALLOCATION = 1024;

    private final int maxFrameBytes;
    private int lengthBytesSeen;
    private int length;
    private byte @Nullable [] frame;
    private int filled;
    private boolean failed;

    FrameDecoder(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable() && !failed) {
                if (frame == null) {
                    readLength(in);
                } else {
                    readBody(context, in, frame);
                }
            }
        } finally {
            in.release();
        }
    }

    private void readLength(ByteBuf in) {
        while (lengthBytesSeen < LENGTH_BYTES && in.isReadable()) {
            length = (length << 8) | in.readUnsignedByte();
            lengthBytesSeen++;
        }
        if (lengthBytesSeen < LENGTH_BYTES) {
            return;
        }
        if (length <= 0 || length > maxFrameBytes) {
            failed = true;
            throw new TooLongFrameException("a frame of " + length + " bytes; 1 to " + maxFrameBytes + " are allowed");
        }
        frame = new byte[Math.min(length, Math.max(FIRST_ALLOCATION, in.readableBytes()))];
        filled = 0;
    }

    private void readBody(ChannelHandlerContext context, ByteBuf in, byte[] current) {
        byte[] target = current;
        if (filled == target.length) {
            target = Arrays.copyOf(target, (int) Math.min(length, 4L * target.length));
            frame = target;
        }
        int bytes = Math.min(in.readableBytes(), target.length - filled);
        in.readBytes(target, filled, bytes);
        filled += bytes;
        if (filled == length) {
            frame = null;
            lengthBytesSeen = 0;
            int complete = length;
            length = 0;
            context.fireChannelRead(ByteBuffer.wrap(target, 0, complete));
        }
    }
}
