package io.oarlog.chaos.cluster;

/** A program of the machine failed; the message has its command line and what it printed. */
public final class ToolFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ToolFailedException(String message) {
        super(message);
    }
}
