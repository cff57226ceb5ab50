package io.oarlog.client;

/** A broker refused a request for what it asks; the message is the broker's own. Asking again as is will not help. */
public final class InvalidRequestException extends OarlogException {
    InvalidRequestException(String message) {
        super(message, null);
    }
}
