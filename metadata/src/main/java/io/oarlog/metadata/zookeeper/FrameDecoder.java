package io.oarlog.metadata.zookeeper;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.TooLongFrameException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Cuts the stream into frames, 4 bytes of length and so many bytes, or finds a {@link WordRequest} where the first
 * length should be. Confined to the connection's event loop. Lengths are checked before anything is allocated.
 */
final class FrameDecoder extends ByteToMessageDecoder {
    /** Of the first frame: every connect request fits. */
    static final int MAX_CONNECT_BYTES = 1024;

    private static final int LENGTH_BYTES = 4;

    private final int maxFrameBytes;
    private boolean isFirst = true;
    private boolean hasEnded;

    FrameDecoder(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (hasEnded) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < LENGTH_BYTES) {
            return;
        }
        int length = in.getInt(in.readerIndex());
        if (isFirst) {
            Optional<FourLetterWord> word = FourLetterWord.of(length);
            if (word.isPresent()) {
                hasEnded = true;
                in.skipBytes(LENGTH_BYTES);
                OptionalLong argument =
                        in.readableBytes() >= Long.BYTES ? OptionalLong.of(in.readLong()) : OptionalLong.empty();
                in.skipBytes(in.readableBytes());
                out.add(new WordRequest(word.get(), argument));
                return;
            }
        }
        int limit = isFirst ? MAX_CONNECT_BYTES : maxFrameBytes;
        if (length < 0 || length > limit) {
            hasEnded = true;
            in.skipBytes(in.readableBytes());
            throw new TooLongFrameException("a frame of " + length + " bytes; at most " + limit + " are allowed");
        }
        if (in.readableBytes() >= LENGTH_BYTES + length) {
            in.skipBytes(LENGTH_BYTES);
            out.add(in.readRetainedSlice(length));
            isFirst = false;
        }
    }
}
