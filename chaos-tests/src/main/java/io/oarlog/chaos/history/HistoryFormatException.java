package io.oarlog.chaos.history;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file is not a history, or not a whole one. Says which line is wrong, and how. */
public final class HistoryFormatException extends RuntimeException {
    /** @param line from 1 */
    HistoryFormatException(Path file, long line, String what, @Nullable Throwable cause) {
        super(file + ":" + line + ": " + what, cause);
    }
}
