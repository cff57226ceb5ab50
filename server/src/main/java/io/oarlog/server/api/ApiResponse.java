package io.oarlog.server.api;

import org.apache.kafka.common.requests.AbstractResponse;

/** What becomes of a request. */
public sealed interface ApiResponse {
    /** The client is sent this. */
    record Answer(AbstractResponse body) implements ApiResponse {}

    /** The client waits for nothing: a produce with acks=0. */
    record NoAnswer() implements ApiResponse {}

    /** The connection is closed: the only way to tell an error to a client that waits for nothing. */
    record CloseConnection(String reason) implements ApiResponse {}
}
