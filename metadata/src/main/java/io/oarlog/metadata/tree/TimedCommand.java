package io.oarlog.metadata.tree;

import java.util.Objects;

/**
 * A command with the time at which it was proposed: the tree has no clock of its own. Immutable.
 *
 * @param timeMillis ms since the epoch by the proposer's clock; may go back from one command to the next
 */
public record TimedCommand(long timeMillis, ZnodeCommand command) {
    public TimedCommand {
        Objects.requireNonNull(command);
    }
}
