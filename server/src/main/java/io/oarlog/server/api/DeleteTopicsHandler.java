package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import io.oarlog.metadata.TopicOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsResponse;

/** DeleteTopics, by name or id. Answers when the deletion is committed; the files go afterwards. Thread-safe. */
final class DeleteTopicsHandler implements ApiHandler {
    private static final short FIRST_VERSION_WITH_IDS = 6;

    private final ClusterState cluster;

    DeleteTopicsHandler(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DeleteTopicsRequestData data = ((DeleteTopicsRequest) request.body()).data();
        List<DeleteTopicState> topics = request.version() >= FIRST_VERSION_WITH_IDS
                ? data.topics()
                : data.topicNames().stream()
                        .map(name -> new DeleteTopicState().setName(name))
                        .toList();
        List<CompletableFuture<DeletableTopicResult>> results =
                topics.stream().map(this::delete).toList();
        return CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> answer(results));
    }

    private static ApiResponse answer(List<CompletableFuture<DeletableTopicResult>> results) {
        DeleteTopicsResponseData data = new DeleteTopicsResponseData();
        new ArrayList<>(results).forEach(result -> data.responses().add(result.join()));
        return new ApiResponse.Answer(new DeleteTopicsResponse(data));
    }

    private CompletableFuture<DeletableTopicResult> delete(DeleteTopicState topic) {
        Optional<Topic> known = cluster.topic(topic.name(), topic.topicId());
        if (known.isEmpty()) {
            boolean isById = !Uuid.ZERO_UUID.equals(topic.topicId());
            Errors error = isById ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
            return CompletableFuture.completedFuture(result(topic.name(), topic.topicId(), new ApiError(error)));
        }
        Topic target = known.get();
        Uuid id = ClusterState.kafkaUuid(target.id());
        return cluster.metadata()
                .deleteTopic(target.name())
                .thenApply((TopicOutcome outcome) -> result(target.name(), id, ErrorMapping.of(outcome)))
                .exceptionally(failure -> result(
                        target.name(),
                        id,
                        ErrorMapping.of(failure)
                                .orElse(new ApiError(Errors.UNKNOWN_SERVER_ERROR, String.valueOf(failure)))));
    }

    private static DeletableTopicResult result(
            @org.jspecify.annotations.Nullable String name, Uuid id, ApiError error) {
        return new DeletableTopicResult()
                .setName(name)
                .setTopicId(id)
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
