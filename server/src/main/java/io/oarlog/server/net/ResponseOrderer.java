package io.oarlog.server.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets responses leave in the order of their requests, although they are ready in any order; Kafka clients rely on it.
 * Confined to the connection's event loop.
 */
final class ResponseOrderer {
    /** The place of one request's response. */
    static final class Slot {
        private final int requestBytes;
        private ByteBuffer @Nullable [] response;
        private boolean done;

        private Slot(int requestBytes) {
            this.requestBytes = requestBytes;
        }
    }

    private final Consumer<ByteBuffer[]> writer;
    private final Deque<Slot> slots = new ArrayDeque<>();
    private long requestBytes;

    /** @param writer is given responses in order */
    ResponseOrderer(Consumer<ByteBuffer[]> writer) {
        this.writer = writer;
    }

    /** Takes the next place, for a request of so many bytes. */
    Slot next(int bytes) {
        Slot slot = new Slot(bytes);
        slots.add(slot);
        requestBytes += bytes;
        return slot;
    }

    /** The request of {@code slot} is done, with a response or, for null, without one. Writes all that is due. */
    void complete(Slot slot, ByteBuffer @Nullable [] response) {
        slot.response = response;
        slot.done = true;
        for (Slot head = slots.peek(); head != null && head.done; head = slots.peek()) {
            slots.remove();
            requestBytes -= head.requestBytes;
            if (head.response != null) {
                writer.accept(head.response);
            }
        }
    }

    int inFlight() {
        return slots.size();
    }

    long inFlightBytes() {
        return requestBytes;
    }
}
