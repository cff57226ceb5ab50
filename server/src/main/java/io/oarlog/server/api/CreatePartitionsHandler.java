package io.oarlog.server.api;

import io.oarlog.metadata.TopicOutcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreatePartitionsResponse;

/**
 * CreatePartitions (KIP-195): more of them, never fewer. Answers when the change is committed; the new partitions elect their
 * leaders afterwards. Thread-safe.
 */
final class CreatePartitionsHandler implements ApiHandler {
    private final ClusterState cluster;

    CreatePartitionsHandler(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        CreatePartitionsRequestData data = ((CreatePartitionsRequest) request.body()).data();
        List<CompletableFuture<CreatePartitionsTopicResult>> results = new ArrayList<>();
        Map<String, List<CreatePartitionsTopic>> byName = new LinkedHashMap<>();
        data.topics()
                .forEach(topic -> byName.computeIfAbsent(topic.name(), name -> new ArrayList<>())
                        .add(topic));
        for (List<CreatePartitionsTopic> named : byName.values()) {
            results.add(
                    named.size() > 1
                            ? failed(named.get(0), new ApiError(Errors.INVALID_REQUEST, "the topic is named twice"))
                            : create(named.get(0), data.validateOnly()));
        }
        return CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> answer(results));
    }

    private static ApiResponse answer(List<CompletableFuture<CreatePartitionsTopicResult>> results) {
        CreatePartitionsResponseData data = new CreatePartitionsResponseData();
        results.forEach(result -> data.results().add(result.join()));
        return new ApiResponse.Answer(new CreatePartitionsResponse(data));
    }

    private CompletableFuture<CreatePartitionsTopicResult> create(CreatePartitionsTopic topic, boolean validateOnly) {
        if (topic.name().equals(Topic.GROUP_METADATA_TOPIC_NAME)) {
            // Groups would be looked for in other partitions than they are kept in.
            return failed(
                    topic,
                    new ApiError(
                            Errors.INVALID_REQUEST, "the number of partitions of " + topic.name() + " cannot change"));
        }
        // Null: the nodes are chosen here.
        List<List<Integer>> added = topic.assignments() == null
                ? List.of()
                : topic.assignments().stream()
                        .map(CreatePartitionsAssignment::brokerIds)
                        .toList();
        return cluster.metadata()
                .addPartitions(topic.name(), topic.count(), added, validateOnly)
                .thenApply((TopicOutcome outcome) -> result(topic, ErrorMapping.of(outcome)))
                .exceptionally(failure -> result(topic, ErrorMapping.orLogged(failure, "partitions not created")));
    }

    private static CompletableFuture<CreatePartitionsTopicResult> failed(CreatePartitionsTopic topic, ApiError error) {
        return CompletableFuture.completedFuture(result(topic, error));
    }

    private static CreatePartitionsTopicResult result(CreatePartitionsTopic topic, ApiError error) {
        return new CreatePartitionsTopicResult()
                .setName(topic.name())
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
