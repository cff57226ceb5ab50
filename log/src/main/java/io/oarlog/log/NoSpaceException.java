package io.oarlog.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The file system has no room for a new file or for bytes that were to be written; of these a part may be in the file. Unlike
 * a failed force it says nothing against what was written before.
 */
public final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1L;

    public NoSpaceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
