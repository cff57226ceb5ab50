package io.oarlog.metadata;

import java.util.List;

/**
 * Content of {@code /brokers/topics/<topic>/partitions/<p>/state} as its leader last published it. Immutable.
 *
 * @param leaderEpoch Raft term of the leader
 * @param inSync node ids of the replicas that answered it and were close behind, the leader's among them
 */
public record PublishedLeader(int nodeId, int leaderEpoch, List<Integer> inSync) {
    public PublishedLeader {
        inSync = List.copyOf(inSync);
    }
}
