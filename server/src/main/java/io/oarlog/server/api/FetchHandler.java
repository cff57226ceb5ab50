package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.NodeEndpoint;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/**
 * Fetch, for consumers only: whole batches below the high watermark, as they lie in the segment. Thread-safe.
 *
 * <p>Incremental fetch sessions (KIP-227) are refused the standard way: the answer carries session id 0.
 */
final class FetchHandler implements ApiHandler {
    private static final int NO_SESSION = 0;
    private static final int NOT_A_REPLICA = -1;
    /** KIP-951; before them the codec refuses to encode what they brought. */
    private static final short FIRST_VERSION_WITH_LEADERS = 12;

    private static final short FIRST_VERSION_WITH_ENDPOINTS = 16;

    /** The part of the request that belongs to one topic. */
    private record TopicFetch(FetchTopic topic, List<PartitionFetch> partitions) {}

    private final ClusterState cluster;
    private final ApiSettings settings;
    private final DelayedFetches delayed;
    private final Executor readPool;

    FetchHandler(ClusterState cluster, ApiSettings settings, DelayedFetches delayed, Executor readPool) {
        this.cluster = cluster;
        this.settings = settings;
        this.delayed = delayed;
        this.readPool = readPool;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        FetchRequest body = (FetchRequest) request.body();
        FetchRequestData data = body.data();
        if (data.sessionId() != NO_SESSION) {
            return failed(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        if (body.replicaId() > NOT_A_REPLICA) {
            return failed(Errors.INVALID_REQUEST);
        }
        List<TopicFetch> topics = new ArrayList<>();
        for (FetchTopic topic : data.topics()) {
            topics.add(new TopicFetch(topic, partitions(topic)));
        }
        List<PartitionFetch> partitions =
                topics.stream().flatMap(t -> t.partitions().stream()).toList();
        if (partitions.isEmpty()) {
            return CompletableFuture.completedFuture(answer(topics, request));
        }
        PendingFetch.Limits limits = new PendingFetch.Limits(
                data.minBytes(),
                Math.min(data.maxBytes(), settings.maxFetchBytes()),
                Duration.ofMillis(Math.max(0, data.maxWaitMs())));
        PendingFetch fetch = new PendingFetch(partitions, limits, readPool);
        CompletableFuture<ApiResponse> answered = new CompletableFuture<>();
        var unusedFetch = fetch.start(delayed).whenComplete((done, failure) -> {
            if (failure != null) {
                answered.completeExceptionally(failure);
                return;
            }
            ApiResponse answer = answer(topics, request);
            if (!answered.complete(answer)) {
                answer.discard();
            }
        });
        var unused = answered.whenComplete((answer, failure) -> {
            if (answered.isCancelled()) {
                fetch.cancel();
            }
        });
        return answered;
    }

    private List<PartitionFetch> partitions(FetchTopic topic) {
        Optional<Topic> known = cluster.topic(topic.topic(), topic.topicId());
        boolean isById = !Uuid.ZERO_UUID.equals(topic.topicId());
        List<PartitionFetch> partitions = new ArrayList<>();
        for (FetchPartition partition : topic.partitions()) {
            partitions.add(new PartitionFetch(cluster, known, isById, partition));
        }
        return partitions;
    }

    private static CompletableFuture<ApiResponse> failed(Errors error) {
        return CompletableFuture.completedFuture(
                new ApiResponse.Answer(FetchResponse.of(new FetchResponseData().setErrorCode(error.code()))));
    }

    private ApiResponse answer(List<TopicFetch> topics, ApiRequest request) {
        FetchResponseData data = new FetchResponseData().setSessionId(NO_SESSION);
        for (TopicFetch fetch : topics) {
            FetchableTopicResponse topic = new FetchableTopicResponse()
                    .setTopic(fetch.topic().topic())
                    .setTopicId(fetch.topic().topicId());
            for (PartitionFetch partition : fetch.partitions()) {
                PartitionData response = partition.response();
                topic.partitions().add(response);
                if (request.version() < FIRST_VERSION_WITH_LEADERS) {
                    response.setCurrentLeader(new LeaderIdAndEpoch());
                } else if (request.version() >= FIRST_VERSION_WITH_ENDPOINTS) {
                    addEndpoint(data, response.currentLeader().leaderId(), request.path());
                }
            }
            data.responses().add(topic);
        }
        List<FetchedRecords> held = topics.stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(PartitionFetch::records)
                .toList();
        return new ApiResponse.Answer(FetchResponse.of(data), held);
    }

    private void addEndpoint(FetchResponseData data, int leaderId, ClientPath path) {
        if (data.nodeEndpoints().find(leaderId) == null) {
            cluster.node(leaderId, path)
                    .ifPresent(broker -> data.nodeEndpoints()
                            .add(new NodeEndpoint()
                                    .setNodeId(broker.id())
                                    .setHost(broker.host())
                                    .setPort(broker.port())));
        }
    }
}
