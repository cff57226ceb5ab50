package io.oarlog.log;

import org.jspecify.annotations.Nullable;

/**
 * A write or an fsync of this log has failed, so nobody knows what of its last records is on disk. It takes no more appends
 * until it is opened anew; the cause is the first failure.
 */
public final class LogFencedException extends LogException {
    private static final long serialVersionUID = 1L;

    public LogFencedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
