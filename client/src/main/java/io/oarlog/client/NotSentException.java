package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/**
 * The record is not stored because no broker took it in time (no leader, too few replicas, buffer full, producer
 * closed). Sending it again is safe.
 */
public final class NotSentException extends OarlogException {
    NotSentException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
