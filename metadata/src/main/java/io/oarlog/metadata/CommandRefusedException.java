package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeError;

/** The tree refused a command for a reason that reading it again does not mend. Nothing was changed. */
final class CommandRefusedException extends RuntimeException {
    private final ZnodeError error;

    CommandRefusedException(ZnodeError error) {
        super("the metadata tree refused a command: " + error);
        this.error = error;
    }

    ZnodeError error() {
        return error;
    }
}
