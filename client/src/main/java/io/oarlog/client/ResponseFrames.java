package io.oarlog.client;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the byte stream of a connection into responses. Confined to the event loop.
 *
 * <pre>
 * offset size field
 *      0    4 length of what follows
 *      4    n response header and body
 * </pre>
 *
 * <p>A length outside 4 (a correlation id) to the limit is refused before anything is allocated for it.
 */
final class ResponseFrames {
    private static final int LENGTH_BYTES = 4;

    private final int maxResponseBytes;
    private final ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES);
    private @Nullable ByteBuffer frame;

    ResponseFrames(int maxResponseBytes) {
        this.maxResponseBytes = maxResponseBytes;
    }

    /**
     * Reads on, to the end of a response or of the bytes.
     *
     * @return the response without its length, in memory of its own; null when the bytes end before it does
     * @throws ConnectionLostException for a length that no response has; the stream makes no sense from there on
     */
    @Nullable
    ByteBuffer next(ByteBuffer bytes) {
        if (frame == null) {
            move(bytes, length);
            if (length.hasRemaining()) {
                return null;
            }
            frame = ByteBuffer.allocate(checked(length.getInt(0)));
        }
        ByteBuffer current = frame;
        move(bytes, current);
        if (current.hasRemaining()) {
            return null;
        }
        frame = null;
        length.clear();
        return current.flip();
    }

    private static void move(ByteBuffer from, ByteBuffer to) {
        int count = Math.min(from.remaining(), to.remaining());
        to.put(to.position(), from, from.position(), count);
        to.position(to.position() + count);
        from.position(from.position() + count);
    }

    private int checked(int length) {
        if (length < LENGTH_BYTES || length > maxResponseBytes) {
            throw new ConnectionLostException(
                    "response of " + length + " bytes, allowed are " + LENGTH_BYTES + " to " + maxResponseBytes, null);
        }
        return length;
    }
}
