package io.oarlog.client;

import java.util.List;

/**
 * A partition as the cluster sees it. Immutable.
 *
 * @param leader broker id, {@link #NO_LEADER} while there is none
 * @param leaderEpoch rises with each new leader; -1 when not known
 * @param replicas broker ids, the preferred leader first
 * @param inSync broker ids
 */
public record PartitionDescription(
        int partition, int leader, int leaderEpoch, List<Integer> replicas, List<Integer> inSync) {
    /** There is no leader at present. */
    public static final int NO_LEADER = -1;

    public PartitionDescription {
        replicas = List.copyOf(replicas);
        inSync = List.copyOf(inSync);
    }

    public boolean hasLeader() {
        return leader != NO_LEADER;
    }
}
