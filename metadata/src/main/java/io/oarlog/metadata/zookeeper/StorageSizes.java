package io.oarlog.metadata.zookeeper;

/**
 * What the metadata takes on this node's disk, as the words {@code dirs} and {@code conf} tell it. Immutable.
 *
 * @param snapshotBytes of the snapshots of the tree
 * @param logBytes of the Raft log
 */
public record StorageSizes(long snapshotBytes, long logBytes) {}
