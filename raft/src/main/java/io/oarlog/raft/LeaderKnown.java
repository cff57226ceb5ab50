package io.oarlog.raft;

import java.util.function.Consumer;

/** Passes on what is told of partitions, and tells of each that has a leader. Thread-safe. */
record LeaderKnown(PartitionListener listener, Consumer<PartitionId> onLeader) implements PartitionListener {
    @Override
    public void onHighWatermark(PartitionId partition, long highWatermark) {
        listener.onHighWatermark(partition, highWatermark);
    }

    @Override
    public void onLogStart(PartitionId partition, long logStartOffset) {
        listener.onLogStart(partition, logStartOffset);
    }

    @Override
    public void onLeaderChange(PartitionId partition, PartitionLeader leader) {
        if (leader.nodeId().isPresent()) {
            onLeader.accept(partition);
        }
        listener.onLeaderChange(partition, leader);
    }

    @Override
    public void onRepaired(PartitionId partition) {
        listener.onRepaired(partition);
    }
}
