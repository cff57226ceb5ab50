package io.oarlog.client;

/** The broker does not know an API, or no version of it that this client knows. */
final class UnsupportedApiException extends RuntimeException {
    UnsupportedApiException(String message) {
        super(message);
    }
}
