package io.oarlog.raft;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What is applied to by Raft, and can be written down and read back. */
public interface SnapshotSource {
    /**
     * The state after what was applied last. Called by the thread that applies, between two commands; returns at once.
     *
     * @return a view that stays as it is while further commands are applied
     */
    Snapshot snapshot();

    /** Whether all that a snapshot would only refer to is on the disk by now. On the thread that applies. */
    default boolean isDurable() {
        return true;
    }

    /**
     * Replaces the state by that of a snapshot, in which every command up to some index is applied. Called before anything is
     * applied, or instead of all that was, by the thread that applies.
     *
     * @param in what a {@link Snapshot} wrote, on this node or another, and nothing behind it; not to be closed
     * @throws IOException when the bytes are not a snapshot that this version reads: the node cannot go on
     */
    void restore(InputStream in) throws IOException;

    /** An immutable state. */
    interface Snapshot {
        /** Writes all that {@link #restore} needs. Called once; by the thread that applies at its end only. */
        void writeTo(OutputStream out) throws IOException;
    }
}
