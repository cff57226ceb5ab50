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
import org.jspecify.annotations.Nullable;

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
                topics.stream().distinct().map(this::delete).toList();
        return CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> answer(results));
    }

    private static ApiResponse answer(List<CompletableFuture<DeletableTopicResult>> results) {
        DeleteTopicsResponseData data = new DeleteTopicsResponseData();
        new ArrayList<>(results).forEach(result -> data.responses().add(result.join()));
        return new ApiResponse.Answer(new DeleteTopicsResponse(data));
    }

    private CompletableFuture<DeletableTopicResult> delete(DeleteTopicState topic) {
        if (topic.name() != null) {
            // Known here or not: it may have been created through another broker a moment ago.
            Uuid id = cluster.topic(topic.name(), Uuid.ZERO_UUID)
                    .map(known -> ClusterState.kafkaUuid(known.id()))
                    .orElse(Uuid.ZERO_UUID);
            return delete(topic.name(), id);
        }
        Optional<Topic> known = cluster.topic(null, topic.topicId());
        return known.isPresent()
                ? delete(known.get().name(), topic.topicId())
                : cluster.metadata()
                        .sync()
                        .thenCompose(synced -> deleteById(topic.topicId()))
                        .exceptionally(failure ->
                                result(null, topic.topicId(), ErrorMapping.orLogged(failure, "topic not deleted")));
    }

    private CompletableFuture<DeletableTopicResult> deleteById(Uuid id) {
        return cluster.topic(null, id)
                .map(known -> delete(known.name(), id))
                .orElseGet(() ->
                        CompletableFuture.completedFuture(result(null, id, new ApiError(Errors.UNKNOWN_TOPIC_ID))));
    }

    private CompletableFuture<DeletableTopicResult> delete(String name, Uuid id) {
        return cluster.metadata()
                .deleteTopic(name)
                .thenApply((TopicOutcome outcome) -> result(name, id, ErrorMapping.of(outcome)))
                .exceptionally(failure -> result(name, id, ErrorMapping.orLogged(failure, "topic not deleted")));
    }

    private static DeletableTopicResult result(@Nullable String name, Uuid id, ApiError error) {
        return new DeletableTopicResult()
                .setName(name)
                .setTopicId(id)
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
