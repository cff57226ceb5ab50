package io.oarlog.raft;

import java.util.concurrent.Executor;

/**
 * What the partitions of one node share. Thread-safe.
 *
 * @param peerSpaces what the other nodes say of their disks
 * @param appendPool joins produces and submits entries
 * @param readPool reads entries for followers
 */
record NodeResources(
        TailCache tailCache, DiskReserve reserve, PeerSpaces peerSpaces, Executor appendPool, Executor readPool) {}
