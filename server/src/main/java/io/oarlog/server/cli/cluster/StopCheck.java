package io.oarlog.server.cli.cluster;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a node can be stopped without a partition, or the metadata, losing its majority, as it is printed in JSON. Immutable.
 *
 * @param reasons against it; none when it is safe
 */
record StopCheck(int node, boolean safe, List<String> reasons) {
    /** Partitions that are named one by one; of more the number is enough. */
    private static final int NAMED = 3;

    StopCheck {
        reasons = List.copyOf(reasons);
    }

    /**
     * Judges.
     *
     * @param node to be stopped; one that is down already is judged as well
     * @param clusterSize nodes that carry the metadata
     */
    static StopCheck of(ClusterStatus status, int node, int clusterSize) {
        List<String> reasons = new ArrayList<>();
        long up = status.nodes().stream()
                .filter(other -> other.isUp() && other.id() != node)
                .count();
        if (up < majority(clusterSize)) {
            reasons.add(up + " of " + clusterSize + " nodes up, " + majority(clusterSize) + " are needed");
        }
        List<PartitionStatus> leaderless = status.partitions().stream()
                .filter(PartitionStatus::lacksLeader)
                .toList();
        if (!leaderless.isEmpty()) {
            reasons.add(named(leaderless) + " without leader");
        }
        List<PartitionStatus> lonely = status.partitions().stream()
                .filter(partition -> partition.replicas().equals(List.of(node)))
                .toList();
        if (!lonely.isEmpty()) {
            reasons.add(named(lonely) + " with no other replica");
        }
        List<PartitionStatus> thin = status.partitions().stream()
                .filter(partition -> partition.replicas().size() > 1
                        && partition.replicas().contains(node)
                        && !partition.lacksLeader()
                        && partition.inSync().stream()
                                        .filter(other -> other != node)
                                        .count()
                                < majority(partition.replicas().size()))
                .toList();
        if (!thin.isEmpty()) {
            reasons.add(named(thin) + " without a majority in sync");
        }
        return new StopCheck(node, reasons.isEmpty(), reasons);
    }

    private static int majority(int members) {
        return members / 2 + 1;
    }

    private static String named(List<PartitionStatus> partitions) {
        List<String> names = partitions.stream()
                .limit(NAMED)
                .map(partition -> partition.topic() + "-" + partition.partition())
                .toList();
        int more = partitions.size() - names.size();
        return (partitions.size() == 1 ? "partition " : "partitions ")
                + String.join(", ", names)
                + (more > 0 ? " and " + more + " more" : "");
    }

    /** One line. */
    String verdict() {
        return safe
                ? "safe: node " + node + " can be stopped"
                : "not safe: without node " + node + " there would be " + String.join("; ", reasons);
    }
}
