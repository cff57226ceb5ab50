package io.oarlog.raft;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * What the partitions of one node share. Thread-safe.
 *
 * @param peerSpaces what the other nodes say of their disks
 * @param appendPool joins produces and submits entries
 * @param readPool reads entries for followers
 * @param snapshotPool writes snapshots
 * @param behind copies from another replica what this one cannot have from the Raft log
 * @param onDamage is told of a partition that was fenced because what was written is damaged; returns at once
 */
record NodeResources(
        TailCache tailCache,
        DiskReserve reserve,
        PeerSpaces peerSpaces,
        Executor appendPool,
        Executor readPool,
        Executor snapshotPool,
        CatchUp behind,
        Consumer<PartitionId> onDamage) {
    /** Brings a replica that is far behind to where another one is. */
    interface CatchUp {
        /**
         * Begins it.
         *
         * @param leader from which it is copied
         * @param firstIndex of the leader's Raft log
         * @return of null when there is nothing to copy; fails when it could not be copied, and Raft is to notify again. When it
         *     was, the replica's group is opened anew, and this never completes
         */
        CompletableFuture<@Nullable TermIndex> begin(PartitionId id, RaftPeerId leader, long firstIndex);

        /** Whether it is begun, and not over. */
        default boolean isUnderWay(PartitionId id) {
            return false;
        }
    }
}
