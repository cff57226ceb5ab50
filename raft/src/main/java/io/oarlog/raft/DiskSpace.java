package io.oarlog.raft;

/** How much room a node's disk has left, measured by its {@link DiskReserve}. */
enum DiskSpace {
    /** More than the reserve. */
    AMPLE,
    /** Into the reserve: the node takes no new records for the partitions that it leads. */
    SHORT,
    /** Deep into the reserve. */
    FULL
}
