package io.oarlog.server.cli.cluster;

import io.oarlog.client.BrokerDescription;
import io.oarlog.client.ClusterDescription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the cluster is, as it is printed in JSON. Immutable.
 *
 * @param verdict one line that begins with healthy or degraded, and says why
 * @param metadataLeader node; null when there is none
 */
record ClusterStatus(
        boolean healthy,
        String verdict,
        String clusterId,
        @Nullable Integer metadataLeader,
        int partitionsWithoutLeader,
        int underReplicatedPartitions,
        List<NodeStatus> nodes,
        List<PartitionStatus> partitions) {
    /**
     * Judges.
     *
     * @param cluster as one node sees it
     * @param answers of the nodes that answered, by node: the cluster as each sees it
     */
    static ClusterStatus of(
            ClusterDescription cluster,
            Map<Integer, ClusterDescription> answers,
            Collection<PartitionStatus> partitions) {
        List<NodeStatus> nodes = nodes(cluster, answers, partitions);
        List<String> faults = new ArrayList<>();
        add(faults, nodes, NodeStatus.DOWN, "is down", "are down");
        add(faults, nodes, NodeStatus.SILENT, "does not answer", "do not answer");
        List<NodeStatus> lost = nodes.stream()
                .filter(node -> node.isUp() && node.metadataLeader() == null)
                .toList();
        if (!lost.isEmpty()) {
            faults.add(names(lost) + (lost.size() == 1 ? " knows" : " know") + " no leader of the metadata");
        }
        int leaderless =
                (int) partitions.stream().filter(PartitionStatus::lacksLeader).count();
        int lacking =
                (int) partitions.stream().filter(PartitionStatus::lacksReplicas).count();
        if (leaderless > 0) {
            faults.add(leaderless + " of " + partitions.size() + " partitions without leader");
        }
        if (lacking > 0) {
            faults.add(lacking + " of " + partitions.size() + " partitions under-replicated");
        }
        String verdict = faults.isEmpty()
                ? "healthy: " + nodes.size() + (nodes.size() == 1 ? " node answers, " : " nodes answer, ")
                        + partitions.size() + " partitions have a leader and all their replicas"
                : "degraded: " + String.join("; ", faults);
        return new ClusterStatus(
                faults.isEmpty(),
                verdict,
                cluster.clusterId(),
                known(cluster.controllerId()),
                leaderless,
                lacking,
                nodes,
                List.copyOf(partitions));
    }

    private static List<NodeStatus> nodes(
            ClusterDescription cluster,
            Map<Integer, ClusterDescription> answers,
            Collection<PartitionStatus> partitions) {
        Map<Integer, BrokerDescription> alive = new TreeMap<>();
        cluster.brokers().forEach(broker -> alive.put(broker.id(), broker));
        TreeSet<Integer> ids = new TreeSet<>(alive.keySet());
        partitions.forEach(partition -> ids.addAll(partition.replicas()));
        List<NodeStatus> nodes = new ArrayList<>();
        for (int id : ids) {
            BrokerDescription broker = alive.get(id);
            ClusterDescription answer = answers.get(id);
            String state = broker == null ? NodeStatus.DOWN : answer == null ? NodeStatus.SILENT : NodeStatus.UP;
            nodes.add(new NodeStatus(
                    id,
                    broker == null ? null : broker.host() + ":" + broker.port(),
                    state,
                    answer == null ? null : known(answer.controllerId()),
                    (int) partitions.stream()
                            .filter(partition -> Integer.valueOf(id).equals(partition.leader()))
                            .count(),
                    (int) partitions.stream()
                            .filter(partition -> partition.replicas().contains(id))
                            .count()));
        }
        return nodes;
    }

    private static @Nullable Integer known(int nodeId) {
        return nodeId < 0 ? null : nodeId;
    }

    private static void add(List<String> faults, List<NodeStatus> nodes, String state, String one, String several) {
        List<NodeStatus> affected =
                nodes.stream().filter(node -> node.state().equals(state)).toList();
        if (!affected.isEmpty()) {
            faults.add(names(affected) + " " + (affected.size() == 1 ? one : several));
        }
    }

    private static String names(List<NodeStatus> nodes) {
        return (nodes.size() == 1 ? "node " : "nodes ")
                + nodes.stream().map(node -> Integer.toString(node.id())).collect(Collectors.joining(", "));
    }
}
