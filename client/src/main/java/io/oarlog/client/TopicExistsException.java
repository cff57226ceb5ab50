package io.oarlog.client;

/** A topic of that name exists. */
public final class TopicExistsException extends OarlogException {
    TopicExistsException(String message) {
        super(message, null);
    }
}
