package io.oarlog.raft;

import java.util.OptionalInt;

/**
 * What this node knows of a partition's leadership. Immutable.
 *
 * @param nodeId the leader, empty while an election is under way
 * @param leaderEpoch the Raft term as Kafka's leader epoch
 * @param isLocal whether this node leads and is ready: all entries of earlier terms are applied here
 */
public record PartitionLeader(OptionalInt nodeId, int leaderEpoch, boolean isLocal) {}
