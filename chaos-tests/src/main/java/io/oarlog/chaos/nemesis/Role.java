package io.oarlog.chaos.nemesis;

/** Who is meant: found out when the fault is made, for roles move. */
public enum Role {
    /** Leader of one of the workload's partitions. */
    PARTITION_LEADER,
    /** Leader of the metadata. */
    METADATA_LEADER,
    /** The node that keeps the workload's consumer group. */
    COORDINATOR,
    /** Whoever the seed says. */
    ANYONE
}
