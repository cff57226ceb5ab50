package io.oarlog.metadata.tree;

import java.util.List;

/**
 * Commands of one node that travel in one Raft entry. Immutable.
 *
 * @param sequence of the entry in its origin's stream: 0, 1, 2...
 * @param replaces for sequence 0: the incarnation of the node after which this one comes, 0 for none; else not used
 */
public record CommandEntry(Origin origin, long sequence, long replaces, List<TimedCommand> commands) {
    public CommandEntry {
        commands = List.copyOf(commands);
        if (sequence < 0) {
            throw new IllegalArgumentException("sequence " + sequence);
        }
    }
}
