package io.oarlog.raft;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A pure, deterministic state machine that {@link StateMachineHost} replicates. It sees neither clock nor network: time
 * and randomness come in as part of the command.
 *
 * <p>{@link #apply} is called by one thread at a time, in log order, on every replica; {@link #query} may run beside it.
 */
public interface ReplicatedStateMachine extends SnapshotSource {
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

    /**
     * Whether a node may become a member of the group under a name that nobody has heard of, which gives up what it may have had
     * under another one. On any thread.
     *
     * @param formerName that it had with the same disk, if any
     * @return why not; nothing when it may
     */
    default Optional<String> refusal(int node, String name, Optional<String> formerName) {
        return Optional.empty();
    }

    /** This node became the ready leader of the group, or ceased to be it. */
    void onLeadership(boolean isLeader);
}
