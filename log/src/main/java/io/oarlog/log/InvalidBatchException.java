package io.oarlog.log;

/** Bytes that a client sent are not whole, sound v2 batches. Nothing was kept of them. */
public final class InvalidBatchException extends LogException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Reason {
        /** Lengths or checksum do not fit the bytes. */
        CORRUPT,
        /** The message format is older or newer than v2. */
        UNSUPPORTED_MAGIC,
        /** The batch is sound as far as one can see, but larger than allowed. */
        TOO_LARGE,
        /** The bytes are as the client made them, but break a rule. */
        INVALID
    }

    private final Reason reason;

    public InvalidBatchException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
