package io.oarlog.metadata.tree;

/** A command that does not fit into one Raft entry: nothing was sent. */
public final class CommandTooLargeException extends RuntimeException {
    CommandTooLargeException(int limitBytes) {
        super("the command takes more than " + limitBytes + " bytes");
    }
}
