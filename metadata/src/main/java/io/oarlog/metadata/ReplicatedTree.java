package io.oarlog.metadata;

import io.oarlog.metadata.tree.CommandTooLargeException;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** The replicated tree as one node sees and changes it. Thread-safe. */
public interface ReplicatedTree {
    /** The tree as this node has applied it: it may be behind the leader's, never behind an outcome given out. */
    ZnodeTree tree();

    /** Has the listener told of every command from now on, before whoever submitted it hears of the outcome. */
    void addListener(TreeListener listener);

    /**
     * Proposes a command. All commands of this node are applied in the order of these calls.
     *
     * @return its outcome, when this node has applied it; completes on the apply thread, where nothing may block. Fails with
     *     {@link TimeoutException} when the outcome is unknown: then all commands that were submitted before and have no
     *     outcome yet fail as well, and sessions have to be attached again
     * @throws CommandTooLargeException when it does not fit into a Raft entry: nothing was sent
     */
    CompletableFuture<CommandOutcome> submit(ZnodeCommand command);

    /** Notes that the client of a session was heard here: the leader learns of it soon, without a Raft entry. */
    void heard(long sessionId);
}
