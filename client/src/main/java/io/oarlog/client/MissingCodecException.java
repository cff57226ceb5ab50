package io.oarlog.client;

/**
 * Records are compressed in a way for which this program has no library; the message names the one that is missing on the
 * class path. A consumer's position stays in front of them.
 */
public final class MissingCodecException extends OarlogException {
    MissingCodecException(String codec, String library, Throwable cause) {
        super(codec + " needs " + library + " on the class path", cause);
    }
}
