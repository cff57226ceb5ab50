package io.oarlog.raft;

/** Told of changes of the partitions hosted here. Called on Ratis's threads: implementations must not block. */
public interface PartitionListener {
    /** The high watermark moved to {@code highWatermark} (exclusive): records below it may be read. */
    void onHighWatermark(PartitionId partition, long highWatermark);

    /** The log starts at {@code logStartOffset} from now on: records below it cannot be read any more. */
    void onLogStart(PartitionId partition, long logStartOffset);

    /** The leader, its epoch or its readiness changed. */
    void onLeaderChange(PartitionId partition, PartitionLeader leader);

    /** The partition was damaged here, is repaired, and is open again. */
    default void onRepaired(PartitionId partition) {}
}
