package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.KafkaAnswers;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RemoveRaftVoterOptions;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.VoterNotFoundException;

/** The nodes of a cluster, up or not, as its quorum has them (KIP-595, KIP-853). Confined to its command's thread. */
final class ClusterNodes {
    /** Another leader may have to be elected first. */
    private static final int REMOVAL_MILLIS = 60_000;

    private final Admin admin;

    ClusterNodes(Admin admin) {
        this.admin = admin;
    }

    /**
     * One node, as it is printed in JSON. Immutable.
     *
     * @param address of its Raft endpoint
     * @param isUp whether it serves clients
     * @param isController whether it leads the metadata
     * @param replicas that it has, or will have when their moves are done
     * @param leads partitions that it leads now
     */
    record Row(int node, String address, boolean isUp, boolean isController, int replicas, int leads) {}

    /** Their ids. */
    Set<Integer> ids() {
        return ids(quorum());
    }

    private QuorumInfo quorum() {
        return KafkaAnswers.await(admin.describeMetadataQuorum().quorumInfo());
    }

    /** Those that serve clients. */
    Set<Integer> up() {
        return KafkaAnswers.await(admin.describeCluster().nodes()).stream()
                .map(Node::id)
                .collect(Collectors.toSet());
    }

    List<Row> rows() {
        QuorumInfo quorum = quorum();
        Set<Integer> up = up();
        Map<Integer, Integer> replicas = new TreeMap<>();
        new Reassignments(admin).targets().values().forEach(nodes -> nodes.forEach(node -> add(replicas, node)));
        Map<Integer, Integer> leads = new TreeMap<>();
        Partitions.of(admin).forEach(partition -> partition.leader().ifPresent(node -> add(leads, node)));
        List<Row> rows = new ArrayList<>();
        for (int node : ids(quorum)) {
            rows.add(new Row(
                    node,
                    address(quorum, node),
                    up.contains(node),
                    quorum.leaderId() == node,
                    replicas.getOrDefault(node, 0),
                    leads.getOrDefault(node, 0)));
        }
        return rows;
    }

    private static Set<Integer> ids(QuorumInfo quorum) {
        return quorum.voters().stream()
                .map(QuorumInfo.ReplicaState::replicaId)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void add(Map<Integer, Integer> counts, int node) {
        counts.merge(node, 1, Integer::sum);
    }

    private static String address(QuorumInfo quorum, int node) {
        return Optional.ofNullable(quorum.nodes().get(node)).stream()
                .flatMap(found -> found.endpoints().stream())
                .map(endpoint -> endpoint.host() + ":" + endpoint.port())
                .findFirst()
                .orElse("");
    }

    /**
     * Has a node taken out of the metadata group, so that it is none of the cluster any more.
     *
     * @throws CommandFailedException when there is no such node
     */
    void remove(int node) {
        QuorumInfo quorum = quorum();
        Uuid directory = quorum.voters().stream()
                .filter(voter -> voter.replicaId() == node)
                .map(QuorumInfo.ReplicaState::replicaDirectoryId)
                .findFirst()
                .orElseThrow(() -> new CommandFailedException("there is no node " + node + ", only " + ids(quorum)));
        try {
            var unused = KafkaAnswers.await(
                    admin.removeRaftVoter(node, directory, new RemoveRaftVoterOptions().timeoutMs(REMOVAL_MILLIS))
                            .all());
        } catch (VoterNotFoundException e) {
            // The node that was asked first was the one, and ended before its answer came here.
            if (ids().contains(node)) {
                throw e;
            }
        }
    }

    /** Partitions that cannot go on without a node: no majority of their replicas is in sync on others that are up. */
    List<TopicPartition> needing(int node) {
        Set<Integer> up = up();
        return Partitions.of(admin).stream()
                .filter(partition -> partition.replicas().contains(node))
                .filter(partition -> 2
                                * partition.inSync().stream()
                                        .filter(other -> other != node && up.contains(other))
                                        .count()
                        <= partition.replicas().size())
                .map(Partitions.Replicated::id)
                .toList();
    }
}
