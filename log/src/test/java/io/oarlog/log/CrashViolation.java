package io.oarlog.log;

/** A crash state of which the log makes something that it must not. */
final class CrashViolation extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is wrong. */
    enum Kind {
        /** The log cannot be opened, or not read. */
        UNREADABLE,
        /** Acknowledged records are gone. */
        LOST,
        /** Records are there that were never appended, or were cut off for good. */
        INVENTED,
        /** The log starts elsewhere. */
        WRONG_START,
        /** An index is missing, or names what is not there, or does not find what is. */
        WRONG_INDEX,
        /** Files are there that belong to no segment. */
        LEFT_OVER,
        /** What was recovered is not there any more after the next power cut. */
        NOT_DURABLE
    }

    private final Kind kind;

    CrashViolation(Kind kind, String message) {
        super(kind + ": " + message);
        this.kind = kind;
    }

    CrashViolation(Kind kind, String message, Exception cause) {
        super(kind + ": " + message, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
