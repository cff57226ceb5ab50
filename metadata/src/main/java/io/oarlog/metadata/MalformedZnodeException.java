package io.oarlog.metadata;

/** The data of a znode is not what the layout says; someone else than a broker wrote it. */
final class MalformedZnodeException extends RuntimeException {
    MalformedZnodeException(String message) {
        super(message);
    }

    MalformedZnodeException(String message, Throwable cause) {
        super(message, cause);
    }
}
