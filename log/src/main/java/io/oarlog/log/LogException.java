package io.oarlog.log;

import org.jspecify.annotations.Nullable;

/** A log cannot do what was asked. Thrown itself when a file cannot be read or opened; its subclasses say more. */
public class LogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LogException(String message) {
        super(message);
    }

    public LogException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
