package io.oarlog.raft;

import java.io.IOException;

/** A snapshot is not as it was written; the message names the file. */
final class DamagedSnapshotException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedSnapshotException(String message) {
        super(message);
    }
}
