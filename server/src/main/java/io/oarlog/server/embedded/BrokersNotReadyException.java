package io.oarlog.server.embedded;

/** Brokers did not come to serve, or not in time; the message says which, and what they wait for. */
public final class BrokersNotReadyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokersNotReadyException(String message) {
        super(message);
    }

    BrokersNotReadyException(String message, Throwable cause) {
        super(message, cause);
    }
}
