package io.oarlog.raft;

import java.util.concurrent.Executor;

/**
 * What the partitions of one node share. Thread-safe.
 *
 * @param appendPool joins produces and submits entries
 * @param readPool reads entries for followers
 */
record NodeResources(TailCache tailCache, DiskReserve reserve, Executor appendPool, Executor readPool) {}
