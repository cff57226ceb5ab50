package io.oarlog.log;

/**
 * An append or a compaction found no room on the disk. Nothing was appended, and the log is not fenced: the same can be tried
 * again when there is room.
 */
public final class DiskFullException extends LogException {
    private static final long serialVersionUID = 1L;

    DiskFullException(String message, NoSpaceException cause) {
        super(message, cause);
    }
}
