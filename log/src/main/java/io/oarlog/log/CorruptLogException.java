package io.oarlog.log;

import java.nio.file.Path;

/** What is on disk is not what was written. Stop, keep the files, fetch the range from a replica that has it. */
public final class CorruptLogException extends LogException {
    private static final long serialVersionUID = 1L;

    public CorruptLogException(String message) {
        super(message);
    }

    public CorruptLogException(String message, Throwable cause) {
        super(message, cause);
    }

    static CorruptLogException at(Path file, long position, Object expected, Object found) {
        return new CorruptLogException(
                file + ": at position " + position + " expected " + expected + ", found " + found);
    }
}
