package io.oarlog.server.api;

import io.oarlog.raft.PartitionId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Makes preferred replicas the leaders of their partitions. Thread-safe. */
@FunctionalInterface
public interface PreferredElections {
    /**
     * Asks the leader to hand over to the preferred replica.
     *
     * @param replicas node ids; the first is preferred
     * @return completes when that one leads, fails when it does not within the limit
     */
    CompletableFuture<Void> electPreferred(PartitionId partition, List<Integer> replicas, Duration limit);
}
