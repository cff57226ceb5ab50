package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import io.oarlog.metadata.TopicOutcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;

/**
 * CreateTopics: served by every broker, as the metadata group finds its leader itself. Answers when the topic is committed;
 * its partitions elect their leaders afterwards. Thread-safe.
 */
final class CreateTopicsHandler implements ApiHandler {
    private static final int NOT_GIVEN = -1;

    private final ClusterState cluster;
    private final TopicSettings topicSettings;
    private final int defaultReplicationFactor;

    CreateTopicsHandler(ClusterState cluster, TopicSettings topicSettings, int defaultReplicationFactor) {
        this.cluster = cluster;
        this.topicSettings = topicSettings;
        this.defaultReplicationFactor = defaultReplicationFactor;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        var data = ((CreateTopicsRequest) request.body()).data();
        List<CompletableFuture<CreatableTopicResult>> results = new ArrayList<>();
        Map<String, List<CreatableTopic>> byName = new LinkedHashMap<>();
        data.topics()
                .forEach(topic -> byName.computeIfAbsent(topic.name(), name -> new ArrayList<>())
                        .add(topic));
        for (List<CreatableTopic> named : byName.values()) {
            results.add(
                    named.size() > 1
                            ? failed(named.get(0), new ApiError(Errors.INVALID_REQUEST, "the topic is named twice"))
                            : create(named.get(0), data.validateOnly()));
        }
        return CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> answer(results));
    }

    private static ApiResponse answer(List<CompletableFuture<CreatableTopicResult>> results) {
        CreateTopicsResponseData data = new CreateTopicsResponseData();
        results.forEach(result -> data.topics().add(result.join()));
        return new ApiResponse.Answer(new CreateTopicsResponse(data));
    }

    private CompletableFuture<CreatableTopicResult> create(CreatableTopic topic, boolean validateOnly) {
        Map<String, String> configs = new HashMap<>();
        topic.configs().forEach(config -> configs.put(config.name(), config.value() == null ? "" : config.value()));
        int majority = TopicSettings.majority(replicationFactor(topic));
        Optional<String> problem = topicSettings.problem(configs, majority);
        if (problem.isPresent()) {
            return failed(topic, new ApiError(Errors.INVALID_CONFIG, problem.get()));
        }
        return submit(topic, configs, validateOnly)
                .thenApply(outcome -> outcome instanceof TopicOutcome.Done done
                        ? created(done.topic())
                        : result(topic, ErrorMapping.of(outcome)))
                .exceptionally(failure -> result(topic, ErrorMapping.orLogged(failure, "topic not created")));
    }

    private CompletableFuture<TopicOutcome> submit(
            CreatableTopic topic, Map<String, String> configs, boolean validateOnly) {
        if (topic.assignments().isEmpty()) {
            return cluster.metadata()
                    .createTopic(topic.name(), topic.numPartitions(), topic.replicationFactor(), configs, validateOnly);
        }
        if (topic.numPartitions() != NOT_GIVEN || topic.replicationFactor() != NOT_GIVEN) {
            return CompletableFuture.completedFuture(new TopicOutcome.Invalid(
                    TopicOutcome.Rule.ASSIGNMENT, "give either partitions and replicas or an assignment, not both"));
        }
        return cluster.metadata().createTopicWithAssignment(topic.name(), replicas(topic), configs, validateOnly);
    }

    /** By partition number; a number that is missing leaves an empty list, which the metadata refuses. */
    private static List<List<Integer>> replicas(CreatableTopic topic) {
        List<List<Integer>> replicas = new ArrayList<>();
        for (int partition = 0; partition < topic.assignments().size(); partition++) {
            CreatableReplicaAssignment assignment = topic.assignments().find(partition);
            replicas.add(assignment == null ? List.of() : assignment.brokerIds());
        }
        return replicas;
    }

    private int replicationFactor(CreatableTopic topic) {
        if (!topic.assignments().isEmpty()) {
            return topic.assignments().iterator().next().brokerIds().size();
        }
        return topic.replicationFactor() == NOT_GIVEN ? defaultReplicationFactor : topic.replicationFactor();
    }

    private CreatableTopicResult created(Topic topic) {
        CreatableTopicResult result = new CreatableTopicResult()
                .setName(topic.name())
                .setTopicId(ClusterState.kafkaUuid(topic.id()))
                .setNumPartitions(topic.partitionCount())
                .setReplicationFactor((short) topic.replicas().get(0).size());
        for (TopicSettings.Described setting : topicSettings.describe(topic)) {
            ConfigSource source = DescribeConfigsHandler.source(setting);
            result.configs()
                    .add(new CreatableTopicConfigs()
                            .setName(setting.name())
                            .setValue(setting.value())
                            .setConfigSource(source.id()));
        }
        return result;
    }

    private static CompletableFuture<CreatableTopicResult> failed(CreatableTopic topic, ApiError error) {
        return CompletableFuture.completedFuture(result(topic, error));
    }

    private static CreatableTopicResult result(CreatableTopic topic, ApiError error) {
        return new CreatableTopicResult()
                .setName(topic.name())
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
