package io.oarlog.server.api;

import io.oarlog.metadata.TopicOutcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;
import org.apache.kafka.common.requests.AlterPartitionReassignmentsRequest;
import org.apache.kafka.common.requests.AlterPartitionReassignmentsResponse;
import org.apache.kafka.common.requests.ApiError;

/**
 * AlterPartitionReassignments (KIP-455): moves replicas to other nodes, or takes moves back. Answers when the change is committed;
 * the leaders carry it out afterwards. Thread-safe.
 */
final class AlterPartitionReassignmentsHandler implements ApiHandler {
    private final ClusterState cluster;

    AlterPartitionReassignmentsHandler(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        AlterPartitionReassignmentsRequestData data = ((AlterPartitionReassignmentsRequest) request.body()).data();
        List<CompletableFuture<ReassignableTopicResponse>> topics = new ArrayList<>();
        data.topics().forEach(topic -> topics.add(move(topic, data.allowReplicationFactorChange())));
        return CompletableFuture.allOf(topics.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> {
                    AlterPartitionReassignmentsResponseData answer = new AlterPartitionReassignmentsResponseData()
                            .setAllowReplicationFactorChange(data.allowReplicationFactorChange());
                    topics.forEach(topic -> answer.responses().add(topic.join()));
                    return new ApiResponse.Answer(new AlterPartitionReassignmentsResponse(answer));
                });
    }

    private CompletableFuture<ReassignableTopicResponse> move(ReassignableTopic topic, boolean mayChangeFactor) {
        Map<Integer, Optional<List<Integer>>> targets = new LinkedHashMap<>();
        topic.partitions()
                .forEach(partition ->
                        targets.put(partition.partitionIndex(), Optional.ofNullable(partition.replicas())));
        return cluster.metadata()
                .move(topic.name(), targets, mayChangeFactor)
                .thenApply(outcomes -> answer(topic.name(), outcomes))
                .exceptionally(failure -> failed(topic, ErrorMapping.orLogged(failure, "replicas not moved")));
    }

    private static ReassignableTopicResponse answer(String topic, Map<Integer, TopicOutcome> outcomes) {
        ReassignableTopicResponse answer = new ReassignableTopicResponse().setName(topic);
        outcomes.forEach(
                (partition, outcome) -> answer.partitions().add(result(partition, ErrorMapping.ofPartition(outcome))));
        return answer;
    }

    private static ReassignableTopicResponse failed(ReassignableTopic topic, ApiError error) {
        ReassignableTopicResponse answer = new ReassignableTopicResponse().setName(topic.name());
        topic.partitions().forEach(partition -> answer.partitions().add(result(partition.partitionIndex(), error)));
        return answer;
    }

    private static ReassignablePartitionResponse result(int partition, ApiError error) {
        return new ReassignablePartitionResponse()
                .setPartitionIndex(partition)
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
