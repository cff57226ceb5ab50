package io.oarlog.chaos;

/** A run could not be made or brought to its end; the message says why and what to do. It is no verdict. */
final class RunFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RunFailedException(String message) {
        super(message);
    }
}
