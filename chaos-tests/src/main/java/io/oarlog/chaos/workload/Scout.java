package io.oarlog.chaos.workload;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;

/** Finds out who leads what, as any client can. Thread-safe. */
final class Scout {
    private static final int LIMIT_SECONDS = 2;

    private final Admin admin;
    private volatile Found last = new Found(List.of(), 0, 0);

    Scout(Admin admin) {
        this.admin = admin;
    }

    /**
     * Who leads.
     *
     * @param leaders of the workload's partitions
     * @param metadata 0: not known
     * @param coordinator 0: not known
     */
    record Found(List<Integer> leaders, int metadata, int coordinator) {}

    Found last() {
        return last;
    }

    /** Asks; what cannot be learnt now is not known. */
    void look() throws InterruptedException {
        last = new Found(leaders(), metadataLeader(), coordinator());
    }

    private List<Integer> leaders() throws InterruptedException {
        try {
            Set<Integer> leaders = new TreeSet<>();
            for (TopicDescription topic : admin.describeTopics(List.of(
                            WorkloadSpec.ASSIGNED_TOPIC, WorkloadSpec.CONSUMER_TOPIC, WorkloadSpec.CLASSIC_TOPIC))
                    .allTopicNames()
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .values()) {
                topic.partitions().forEach(partition -> {
                    if (partition.leader() != null) {
                        leaders.add(partition.leader().id());
                    }
                });
            }
            leaders.remove(Node.noNode().id());
            return List.copyOf(leaders);
        } catch (ExecutionException | TimeoutException e) {
            return List.of();
        }
    }

    private int metadataLeader() throws InterruptedException {
        try {
            return id(admin.describeCluster().controller().get(LIMIT_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return 0;
        }
    }

    private int coordinator() throws InterruptedException {
        try {
            ConsumerGroupDescription group = admin.describeConsumerGroups(List.of(WorkloadSpec.CONSUMER_GROUP))
                    .all()
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .get(WorkloadSpec.CONSUMER_GROUP);
            return group == null ? 0 : id(group.coordinator());
        } catch (ExecutionException | TimeoutException e) {
            return 0;
        }
    }

    private static int id(@Nullable Node node) {
        return node == null || node.isEmpty() ? 0 : node.id();
    }
}
