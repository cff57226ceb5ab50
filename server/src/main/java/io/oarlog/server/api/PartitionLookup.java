package io.oarlog.server.api;

import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import org.apache.kafka.common.protocol.Errors;

/** Whether this broker may serve a request for one partition. */
sealed interface PartitionLookup {
    /** It leads the partition and is ready. */
    record Led(ReplicatedLog log) implements PartitionLookup {}

    /**
     * It may not.
     *
     * @param leader who leads as far as this broker knows
     */
    record Refused(Errors error, PartitionLeader leader) implements PartitionLookup {}
}
