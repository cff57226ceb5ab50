package io.oarlog.server.inspect;

/** A directory cannot be looked into as it is named, or now; the message is one line for the user. */
public final class InspectionRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InspectionRefusedException(String message) {
        super(message);
    }
}
