package io.oarlog.server.cli.cluster;

import io.oarlog.client.PartitionDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A partition. Immutable.
 *
 * @param leader node; null when there is none
 * @param leaderEpoch Raft's term; null when there is no leader
 * @param inSync live nodes with a replica that the leader saw close behind it, itself among them
 */
record PartitionStatus(
        String topic,
        int partition,
        @Nullable Integer leader,
        @Nullable Integer leaderEpoch,
        List<Integer> replicas,
        List<Integer> inSync) {
    static PartitionStatus of(String topic, PartitionDescription description) {
        boolean hasLeader = description.hasLeader();
        return new PartitionStatus(
                topic,
                description.partition(),
                hasLeader ? Integer.valueOf(description.leader()) : null,
                hasLeader ? Integer.valueOf(description.leaderEpoch()) : null,
                description.replicas(),
                description.inSync());
    }

    boolean lacksLeader() {
        return leader == null;
    }

    boolean lacksReplicas() {
        return inSync.size() < replicas.size();
    }
}
