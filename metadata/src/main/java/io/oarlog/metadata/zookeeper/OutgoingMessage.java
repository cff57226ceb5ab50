package io.oarlog.metadata.zookeeper;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.WatcherEvent;
import org.jspecify.annotations.Nullable;

/**
 * What goes to a client: a reply, an event, the answer to its connect request, or that nothing more comes. Immutable once
 * it is in an {@link Outbox}; it is encoded when the client can take it.
 *
 * @param header null in the answer to a connect request
 * @param body null in a reply without one
 * @param answers whether a request waits for it
 */
record OutgoingMessage(
        @Nullable ReplyHeader header, @Nullable Record body, boolean answers) {
    /** After it the connection is closed. */
    static final OutgoingMessage END = new OutgoingMessage(null, null, false);

    private static final int EVENT_XID = -1;
    private static final int LENGTH_BYTES = 4;

    boolean isEnd() {
        return header == null && body == null;
    }

    static OutgoingMessage reply(int xid, long zxid, Answer answer) {
        return new OutgoingMessage(new ReplyHeader(xid, zxid, answer.error().number()), answer.body(), true);
    }

    /** @param zxid -1 when it is not known */
    static OutgoingMessage event(long zxid, WatcherEvent event) {
        return new OutgoingMessage(new ReplyHeader(EVENT_XID, zxid, ErrorCode.OK.number()), event, false);
    }

    static OutgoingMessage connected(Record answer) {
        return new OutgoingMessage(null, answer, false);
    }

    /** As it goes over the wire: 4 bytes of length, header, body. The caller releases it. */
    ByteBuf encode(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer();
        boolean isDone = false;
        try (ByteBufOutputStream stream = new ByteBufOutputStream(out)) {
            BinaryOutputArchive archive = new BinaryOutputArchive(stream);
            stream.writeInt(0);
            if (header != null) {
                header.serialize(archive, "header");
            }
            if (body != null) {
                body.serialize(archive, "body");
            }
            out.setInt(0, out.readableBytes() - LENGTH_BYTES);
            isDone = true;
            return out;
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        } finally {
            if (!isDone) {
                out.release();
            }
        }
    }
}
