package io.oarlog.server.net;

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
        private @Nullable EncodedResponse response;
        private boolean done;

        private Slot(int requestBytes) {
            this.requestBytes = requestBytes;
        }
    }

    private final Consumer<EncodedResponse> writer;
    private final Deque<Slot> slots = new ArrayDeque<>();
    private long requestBytes;

    /** @param writer is given responses in order */
    ResponseOrderer(Consumer<EncodedResponse> writer) {
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
    void complete(Slot slot, @Nullable EncodedResponse response) {
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

    /** Nothing will be written any more. */
    void close() {
        for (Slot slot : slots) {
            if (slot.response != null) {
                slot.response.release();
            }
        }
        slots.clear();
        requestBytes = 0;
    }

    int inFlight() {
        return slots.size();
    }

    long inFlightBytes() {
        return requestBytes;
    }
}
