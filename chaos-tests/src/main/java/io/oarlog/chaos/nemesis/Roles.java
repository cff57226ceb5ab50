package io.oarlog.chaos.nemesis;

import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Who has which role, as clients see it.
 *
 * @param partitionLeaders of the workload's partitions
 * @param metadataLeader 0: not known
 * @param coordinator 0: not known
 */
public record Roles(Set<Integer> partitionLeaders, int metadataLeader, int coordinator) {
    /** Nothing is known. */
    public static final Roles UNKNOWN = new Roles(Set.of(), 0, 0);

    public Roles {
        partitionLeaders = Set.copyOf(partitionLeaders);
    }

    /** Who has a role; who the generator says where that is not known. */
    int find(Role role, int nodes, RandomGenerator random) {
        int drawn = 1 + random.nextInt(nodes);
        int found = switch (role) {
            case PARTITION_LEADER ->
                partitionLeaders.stream()
                        .sorted()
                        .skip(random.nextInt(Math.max(1, partitionLeaders.size())))
                        .findFirst()
                        .orElse(0);
            case METADATA_LEADER -> metadataLeader;
            case COORDINATOR -> coordinator;
            case ANYONE -> drawn;
        };
        return found == 0 ? drawn : found;
    }
}
