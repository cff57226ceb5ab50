package io.oarlog.raft;

/** A partition may not be led by one replica alone; the message tells an operator why, and what to do. Nothing has changed. */
public final class RecoveryRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    public RecoveryRefusedException(String message) {
        super(message);
    }
}
