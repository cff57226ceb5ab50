package io.oarlog.server.api;

import io.oarlog.raft.ReplicatedLog;
import java.util.Optional;
import java.util.UUID;

/** The partitions hosted by this broker. Thread-safe. */
@FunctionalInterface
public interface PartitionLogs {
    /** The partition's log, if this broker hosts it and it is open. */
    Optional<ReplicatedLog> log(UUID topicId, int partition);
}
