package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/**
 * The record was sent and no answer came in time: it may or may not be stored. Sending it again can store it twice; to
 * know, read the partition. Never thrown for a record that is known to be stored or known not to be.
 */
public final class UnknownOutcomeException extends OarlogException {
    UnknownOutcomeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
