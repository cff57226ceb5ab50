package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeResult;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.Objects;

/**
 * Result of a command with its place in the order of changes. Immutable.
 *
 * @param zxid given to failed commands too
 * @param tree the tree right after the command
 */
public record CommandOutcome(long zxid, ZnodeResult result, ZnodeTree tree) {
    public CommandOutcome {
        Objects.requireNonNull(result);
        Objects.requireNonNull(tree);
    }
}
