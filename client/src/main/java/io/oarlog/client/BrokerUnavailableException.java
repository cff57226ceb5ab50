package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/**
 * No broker gave an answer in time. A question may simply be asked again; a change (topic created or deleted) may or may
 * not have happened, so look before asking again.
 */
public final class BrokerUnavailableException extends OarlogException {
    BrokerUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
