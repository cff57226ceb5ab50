package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.KafkaAnswers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;

/** The partitions of all topics, as the cluster describes them. */
final class Partitions {
    private Partitions() {}

    /**
     * One partition. Immutable.
     *
     * @param replicas node ids, the preferred leader first
     */
    record Replicated(TopicPartition id, Optional<Integer> leader, List<Integer> replicas, List<Integer> inSync) {}

    static List<Replicated> of(Admin admin) {
        Set<String> topics = KafkaAnswers.await(
                admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
        List<Replicated> partitions = new ArrayList<>();
        KafkaAnswers.await(admin.describeTopics(topics).allTopicNames())
                .values()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> partitions.add(new Replicated(
                                new TopicPartition(topic.name(), partition.partition()),
                                Optional.ofNullable(partition.leader()).map(Node::id),
                                ids(partition.replicas()),
                                ids(partition.isr())))));
        return partitions;
    }

    private static List<Integer> ids(List<Node> nodes) {
        return nodes.stream().map(Node::id).toList();
    }
}
