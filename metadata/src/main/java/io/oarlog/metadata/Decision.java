package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeCommand;

/**
 * What a write has to do next, decided from the tree as this node has it. Immutable.
 *
 * @param <R> what the write leads to
 */
sealed interface Decision<R> {
    /** The tree is already as wanted, or never can be. */
    record Done<R>(R result) implements Decision<R> {}

    /**
     * The tree has to be changed first.
     *
     * @param command fails when the tree is no longer as it was when this was decided
     * @param result what the write leads to if the command is done
     */
    record Propose<R>(ZnodeCommand command, R result) implements Decision<R> {}
}
