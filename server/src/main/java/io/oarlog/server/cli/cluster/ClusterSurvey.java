package io.oarlog.server.cli.cluster;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.BrokerDescription;
import io.oarlog.client.ClusterDescription;
import io.oarlog.client.OarlogException;
import io.oarlog.client.UnknownTopicException;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.connection.KafkaAnswers;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.ListTopicsOptions;

/**
 * Asks a cluster how it is. Confined to its command's thread.
 *
 * <p>What one node says of the others may be old, most of all when there is no majority: so each is asked itself, too.
 */
final class ClusterSurvey {
    /** Of a node that is alive. */
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(3);

    private final BootstrapOption bootstrap;

    ClusterSurvey(BootstrapOption bootstrap) {
        this.bootstrap = bootstrap;
    }

    ClusterStatus ask() {
        Set<String> topics;
        try (org.apache.kafka.clients.admin.Admin admin = bootstrap.kafkaAdmin()) {
            topics = new TreeSet<>(KafkaAnswers.await(
                    admin.listTopics(new ListTopicsOptions().listInternal(true)).names()));
        }
        ClusterDescription cluster;
        List<PartitionStatus> partitions = new ArrayList<>();
        try (Admin admin = bootstrap.admin()) {
            cluster = admin.describeCluster();
            topics.forEach(topic -> partitions.addAll(partitions(admin, topic)));
        }
        Map<Integer, ClusterDescription> answers = new HashMap<>();
        for (BrokerDescription broker : cluster.brokers()) {
            AdminSettings settings =
                    AdminSettings.defaults(broker.host() + ":" + broker.port()).withOperationTimeout(ANSWER_LIMIT);
            try (Admin admin = new Admin(settings)) {
                answers.put(broker.id(), admin.describeCluster());
            } catch (OarlogException e) {
                // It is silent, which the verdict says.
            }
        }
        return ClusterStatus.of(cluster, answers, partitions);
    }

    /** Ids of the nodes of the cluster, up or not. */
    Set<Integer> nodes() {
        try (org.apache.kafka.clients.admin.Admin admin = bootstrap.kafkaAdmin()) {
            return new ClusterNodes(admin).ids();
        }
    }

    /**
     * As {@link #nodes}.
     *
     * @throws CommandFailedException when a node is not among them
     */
    Set<Integer> nodesWith(int node) {
        Set<Integer> nodes = nodes();
        if (!nodes.contains(node)) {
            throw new CommandFailedException("there is no node " + node + ", only " + nodes);
        }
        return nodes;
    }

    private static List<PartitionStatus> partitions(Admin admin, String topic) {
        try {
            return admin.describeTopic(topic).partitions().stream()
                    .map(partition -> PartitionStatus.of(topic, partition))
                    .toList();
        } catch (UnknownTopicException e) {
            return List.of(); // deleted meanwhile
        }
    }
}
