package io.oarlog.metadata;

/**
 * Content of {@code /brokers/topics/<topic>/partitions/<p>/state} as its leader last published it. Immutable.
 *
 * @param leaderEpoch Raft term of the leader
 */
public record PublishedLeader(int nodeId, int leaderEpoch) {}
