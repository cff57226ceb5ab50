package io.oarlog.server.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.oarlog.log.LogRegion;
import io.oarlog.server.api.RegionChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.network.Send;

/**
 * One response as the messages that Netty writes: buffers, which are not copied, and regions of files. Written or released,
 * once. Confined to its connection's event loop.
 */
final class EncodedResponse {
    private final List<Object> messages;

    private EncodedResponse(List<Object> messages) {
        this.messages = messages;
    }

    /** Takes all that {@code send} has, length prefix included. */
    static EncodedResponse of(Send send) {
        Capture capture = new Capture();
        try {
            while (!send.completed()) {
                send.writeTo(capture);
            }
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
        return new EncodedResponse(capture.finish());
    }

    /** Hands everything to the channel; a failed write ends the connection by exceptionCaught. */
    void writeTo(ChannelHandlerContext context) {
        for (Object message : messages) {
            var unused = context.write(message, context.voidPromise());
        }
    }

    /** Nobody will be sent it. */
    void release() {
        messages.forEach(ReferenceCountUtil::release);
    }

    List<Object> messages() {
        return messages;
    }

    /** Keeps what it is given. */
    private static final class Capture implements RegionChannel {
        private final List<Object> messages = new ArrayList<>();
        /** Since the last region: they go out as one message. */
        private final List<ByteBuffer> buffers = new ArrayList<>();

        List<Object> finish() {
            if (!buffers.isEmpty()) {
                messages.add(Unpooled.wrappedBuffer(buffers.toArray(new ByteBuffer[0])));
                buffers.clear();
            }
            return messages;
        }

        @Override
        public void take(LogRegion region) {
            finish();
            messages.add(new SegmentRegion(region));
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
        public long transferFrom(FileChannel file, long position, long count) {
            throw new UnsupportedOperationException("files come as regions");
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
}
