package io.oarlog.client;

/** The topic or partition does not exist. */
public final class UnknownTopicException extends OarlogException {
    UnknownTopicException(String message) {
        super(message, null);
    }
}
