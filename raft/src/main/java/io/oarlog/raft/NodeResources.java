package io.oarlog.raft;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What the partitions of one node share. Thread-safe.
 *
 * @param peerSpaces what the other nodes say of their disks
 * @param appendPool joins produces and submits entries
 * @param readPool reads entries for followers
 * @param onDamage is told of a partition that was fenced because what was written is damaged; returns at once
 */
record NodeResources(
        TailCache tailCache,
        DiskReserve reserve,
        PeerSpaces peerSpaces,
        Executor appendPool,
        Executor readPool,
        Consumer<PartitionId> onDamage) {}
