package io.oarlog.server.api;

import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionQuorum;
import io.oarlog.raft.RecoveryRefusedException;
import java.util.concurrent.CompletableFuture;

/** What is left of partitions, wherever their replicas are, and what an operator may make of it. Thread-safe. */
public interface PartitionQuorums {
    /** Asks all nodes. Fails when there is no such partition. */
    CompletableFuture<PartitionQuorum> look(PartitionId partition);

    /**
     * Has the replica with the most lead alone where the others' disks were given up and no majority is left. What it does not have is
     * lost.
     *
     * @return completes with its node, which leads soon; fails with {@link RecoveryRefusedException} when none may, or otherwise when
     *     it is not known what became of it: asking again does no harm
     */
    CompletableFuture<Integer> recover(PartitionId partition);
}
