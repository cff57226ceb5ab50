package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/**
 * A record or a commit was sent and no answer came in time: it may or may not have been stored. Sending a record again can
 * store it twice; to know, read the partition. A commit can be repeated. Never thrown for what is known to be stored or
 * known not to be.
 */
public final class UnknownOutcomeException extends OarlogException {
    UnknownOutcomeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
