package io.oarlog.server.api;

import io.oarlog.metadata.ReplicaMove;
import io.oarlog.metadata.Topic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingPartitionReassignment;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingTopicReassignment;
import org.apache.kafka.common.requests.ListPartitionReassignmentsRequest;
import org.apache.kafka.common.requests.ListPartitionReassignmentsResponse;

/** ListPartitionReassignments (KIP-455): the moves of replicas that are under way, as this node has heard. Thread-safe. */
final class ListPartitionReassignmentsHandler implements ApiHandler {
    private final ClusterState cluster;

    ListPartitionReassignmentsHandler(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        ListPartitionReassignmentsRequestData data = ((ListPartitionReassignmentsRequest) request.body()).data();
        Map<String, Set<Integer>> asked = new HashMap<>();
        for (ListPartitionReassignmentsTopics topic :
                Optional.ofNullable(data.topics()).orElse(List.of())) {
            asked.put(topic.name(), Set.copyOf(topic.partitionIndexes()));
        }
        ListPartitionReassignmentsResponseData answer = new ListPartitionReassignmentsResponseData();
        for (Topic topic : cluster.metadata().topics()) {
            OngoingTopicReassignment ongoing = new OngoingTopicReassignment().setName(topic.name());
            new TreeMap<>(topic.moves()).forEach((partition, move) -> {
                boolean isAsked = data.topics() == null
                        || asked.getOrDefault(topic.name(), Set.of()).contains(partition);
                if (isAsked) {
                    ongoing.partitions().add(ongoing(topic, partition, move));
                }
            });
            if (!ongoing.partitions().isEmpty()) {
                answer.topics().add(ongoing);
            }
        }
        return CompletableFuture.completedFuture(
                new ApiResponse.Answer(new ListPartitionReassignmentsResponse(answer)));
    }

    private static OngoingPartitionReassignment ongoing(Topic topic, int partition, ReplicaMove move) {
        return new OngoingPartitionReassignment()
                .setPartitionIndex(partition)
                .setReplicas(topic.replicas().get(partition))
                .setAddingReplicas(move.adding())
                .setRemovingReplicas(move.removing());
    }
}
