package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/** A connection could not be made or ended; whatever was in flight on it may or may not have taken effect. */
final class ConnectionLostException extends RuntimeException {
    ConnectionLostException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
