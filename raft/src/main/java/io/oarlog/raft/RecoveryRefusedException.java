package io.oarlog.raft;

/** A partition may not be led by one replica alone; the message tells an operator why, and what to do. Nothing has changed. */
public final class RecoveryRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean isLed;

    /** @param isLed whether the reason is that the partition has a leader */
    public RecoveryRefusedException(String message, boolean isLed) {
        super(message);
        this.isLed = isLed;
    }

    /** Whether the reason is that the partition has a leader. */
    public boolean isLed() {
        return isLed;
    }
}
