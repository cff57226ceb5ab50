package io.oarlog.metadata.tree;

import java.util.Objects;

/**
 * Result of a command with its place in the order of changes. Immutable.
 *
 * @param zxid Raft index of the command; given to failed commands too
 */
public record CommandOutcome(long zxid, ZnodeResult result) {
    public CommandOutcome {
        Objects.requireNonNull(result);
    }
}
