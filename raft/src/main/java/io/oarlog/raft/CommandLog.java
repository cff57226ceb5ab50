package io.oarlog.raft;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** The way into a replicated {@link ReplicatedStateMachine}, from any node of its group. Thread-safe. */
public interface CommandLog {
    /**
     * Submits a command to the group's leader, wherever it is, and retries over leader changes. A command may get into the log
     * twice when the leader changes: the machine has to recognise what it has applied already.
     *
     * @return the machine's result once the command is committed and applied at the leader. It may not be applied on this
     *     node yet. Fails with {@link java.util.concurrent.TimeoutException} (outcome unknown) when no leader answered.
     */
    CompletableFuture<ByteBuffer> submit(ByteBuffer command);

    /** Asks the leader's machine without a log entry; see {@link ReplicatedStateMachine#query}. */
    CompletableFuture<ByteBuffer> query(ByteBuffer request);
}
