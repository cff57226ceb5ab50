package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/**
 * The record is not stored and sending it again as it is will not help: too large, corrupt, not allowed, or its topic
 * or partition did not exist until the deadline.
 */
public final class RejectedRecordException extends OarlogException {
    RejectedRecordException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
