package io.oarlog.raft;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * A pure, deterministic state machine that {@link StateMachineHost} replicates. It sees neither clock nor network: time
 * and randomness come in as part of the command.
 *
 * <p>{@link #apply} is called by one thread at a time, in log order, on every replica; {@link #query} may run beside it.
 */
public interface ReplicatedStateMachine {
    /**
     * Applies one committed command.
     *
     * @param term Raft term of the command's entry, never falling: which leader took it
     * @param index Raft log index of the command, rising but with gaps; the same on every replica
     * @param command position to limit is the command; must not be kept
     * @return the result, sent to whoever submitted the command
     */
    ByteBuffer apply(long term, long index, ByteBuffer command);

    /**
     * Answers a read-only request on the leader, without a log entry.
     *
     * @param request position to limit is the request; must not be kept
     */
    ByteBuffer query(ByteBuffer request);

    /** This node became the ready leader of the group, or ceased to be it. */
    void onLeadership(boolean isLeader);

    /**
     * The state after what was applied last. Called by the thread that applies, between two commands; returns at once.
     *
     * @return a view that stays as it is while further commands are applied
     */
    Snapshot snapshot();

    /**
     * Replaces the state by that of a snapshot, in which every command up to some index is applied. Called before anything is
     * applied, or instead of all that was, by the thread that applies.
     *
     * @param in what a {@link Snapshot} wrote, on this node or another, and nothing behind it; not to be closed
     * @throws IOException when the bytes are not a snapshot that this version reads: the node cannot go on
     */
    void restore(InputStream in) throws IOException;

    /** An immutable state of the machine. */
    interface Snapshot {
        /** Writes all that {@link #restore} needs. Called once, by another thread than the one that applies. */
        void writeTo(OutputStream out) throws IOException;
    }
}
