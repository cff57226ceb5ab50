package io.oarlog.metadata.tree;

/** Bytes that are not commands of a known version. */
public final class MalformedCommandException extends RuntimeException {
    MalformedCommandException(String message) {
        super(message);
    }

    MalformedCommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
