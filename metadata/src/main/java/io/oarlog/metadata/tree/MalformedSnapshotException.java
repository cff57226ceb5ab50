package io.oarlog.metadata.tree;

import java.io.IOException;

/** Bytes that are not a snapshot of a known version: nothing was changed by reading them. */
public final class MalformedSnapshotException extends IOException {
    MalformedSnapshotException(String message) {
        super(message);
    }

    MalformedSnapshotException(String message, Throwable cause) {
        super(message, cause);
    }
}
