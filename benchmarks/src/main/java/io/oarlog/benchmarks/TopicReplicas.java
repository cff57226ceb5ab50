package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** A topic with a replica of each partition on all three nodes, as Kafka's admin client sees it. */
final class TopicReplicas implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long POLL_MILLIS = 20;

    private final Admin admin;
    private final String topic;

    private TopicReplicas(Admin admin, String topic) {
        this.admin = admin;
        this.topic = topic;
    }

    /** Returns when the creation is answered, which may be before the partitions are led. */
    static TopicReplicas create(String bootstrap, String topic, int partitions)
            throws IOException, InterruptedException {
        TopicReplicas created = new TopicReplicas(
                Admin.create(Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        (int) LIMIT.toMillis())),
                topic);
        try {
            created.admin
                    .createTopics(List.of(new NewTopic(topic, partitions, (short) OarlogBrokers.NODES)))
                    .all()
                    .get();
            return created;
        } catch (ExecutionException e) {
            created.close();
            throw new IOException("the topic could not be created: " + e.getCause(), e);
        }
    }

    /** The node that leads the first partition. */
    int leaderOfTheFirst() throws IOException, InterruptedException {
        await(
                "the first partition has no leader",
                partitions -> partitions.get(0).leader() != null);
        return partitions().get(0).leader().id();
    }

    void awaitLeadersOtherThan(int node) throws IOException, InterruptedException {
        await(
                "not all partitions have a leader",
                partitions -> partitions.stream()
                        .allMatch(each -> each.leader() != null && each.leader().id() != node));
    }

    void awaitAllInSync() throws IOException, InterruptedException {
        await(
                "not all replicas are in sync",
                partitions -> partitions.stream()
                        .allMatch(each -> each.leader() != null && each.isr().size() == OarlogBrokers.NODES));
    }

    /** Has the last replica of the first partition move to a node that has none of it. Returns when it has moved. */
    void moveOneOfTheFirst() throws IOException, InterruptedException {
        TopicPartition first = new TopicPartition(topic, 0);
        List<Integer> replicas = new ArrayList<>(
                partitions().get(0).replicas().stream().map(Node::id).toList());
        int target = nodes().stream()
                .filter(node -> !replicas.contains(node))
                .findFirst()
                .orElseThrow(() -> new IOException("all nodes have a replica of the first partition"));
        replicas.set(replicas.size() - 1, target);
        try {
            admin.alterPartitionReassignments(Map.of(first, Optional.of(new NewPartitionReassignment(replicas))))
                    .all()
                    .get();
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (!admin.listPartitionReassignments().reassignments().get().isEmpty()) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("a replica was not moved in " + LIMIT.toSeconds() + " s");
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (ExecutionException e) {
            throw new IOException("a replica could not be moved: " + e.getCause(), e);
        }
    }

    /** Returns when the cluster has noticed that a node is not there any more. */
    void awaitGone(int node) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (nodes().contains(node)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("node " + node + " is still there after " + LIMIT.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private List<Integer> nodes() throws IOException, InterruptedException {
        try {
            return admin.describeCluster().nodes().get().stream().map(Node::id).toList();
        } catch (ExecutionException e) {
            throw new IOException("the cluster could not be described: " + e.getCause(), e);
        }
    }

    private void await(String failure, Predicate<List<TopicPartitionInfo>> isReached)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!isReached.test(partitions())) {
            if (System.nanoTime() > deadline) {
                throw new IOException(failure + " after " + LIMIT.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private List<TopicPartitionInfo> partitions() throws IOException, InterruptedException {
        try {
            return Objects.requireNonNull(admin.describeTopics(List.of(topic))
                            .allTopicNames()
                            .get()
                            .get(topic))
                    .partitions();
        } catch (ExecutionException e) {
            throw new IOException("the topic could not be described: " + e.getCause(), e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
    }
}
