package io.oarlog.server.api;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.kafka.common.requests.AbstractResponse;

/** What becomes of a request. */
public sealed interface ApiResponse {
    /** Nobody will be sent it: gives back what it holds. Harmless when it was sent or discarded before. */
    default void discard() {}

    /**
     * The client is sent this.
     *
     * @param held by the body until it is encoded
     */
    record Answer(AbstractResponse body, List<? extends Closeable> held) implements ApiResponse {
        public Answer(AbstractResponse body) {
            this(body, List.of());
        }

        @Override
        public void discard() {
            for (Closeable each : held) {
                try {
                    each.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** The client waits for nothing: a produce with acks=0. */
    record NoAnswer() implements ApiResponse {}

    /** The connection is closed: the only way to tell an error to a client that waits for nothing. */
    record CloseConnection(String reason) implements ApiResponse {}
}
