package io.oarlog.chaos.workload;

/** What was asked for certainly had no effect and never will have. */
final class NotAppliedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotAppliedException(Throwable cause) {
        super(cause.toString(), cause);
    }
}
