package io.oarlog.server.api;

import io.oarlog.metadata.ConfigEdit;
import io.oarlog.metadata.Topic;
import io.oarlog.metadata.TopicOutcome;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/** Changes settings of resources, of which only topics have any that can be changed. Thread-safe. */
final class ConfigChanges {
    /** A change that makes no sense for the settings that a topic has. */
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String reason;

        RefusedException(String reason) {
            super(reason);
            this.reason = reason;
        }
    }

    private final ClusterState cluster;
    private final TopicSettings topicSettings;

    ConfigChanges(ClusterState cluster, TopicSettings topicSettings) {
        this.cluster = cluster;
        this.topicSettings = topicSettings;
    }

    /**
     * Changes each resource by itself.
     *
     * @param changes make the settings that a topic is to have out of those that it was given, any number of times, or throw
     *     {@link RefusedException}
     * @return completes when all changes are committed and hold on this broker, or cannot be; never fails
     */
    CompletableFuture<Map<ConfigResource, ApiError>> change(
            Map<ConfigResource, UnaryOperator<Map<String, String>>> changes, boolean validateOnly) {
        Map<ConfigResource, CompletableFuture<ApiError>> outcomes = new LinkedHashMap<>();
        changes.forEach((resource, change) -> outcomes.put(resource, change(resource, change, validateOnly)));
        return CompletableFuture.allOf(outcomes.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> {
                    Map<ConfigResource, ApiError> errors = new LinkedHashMap<>();
                    outcomes.forEach((resource, outcome) -> errors.put(resource, outcome.join()));
                    return errors;
                });
    }

    private CompletableFuture<ApiError> change(
            ConfigResource resource, UnaryOperator<Map<String, String>> change, boolean validateOnly) {
        if (resource.type() != ConfigResource.Type.TOPIC) {
            return CompletableFuture.completedFuture(new ApiError(
                    Errors.INVALID_REQUEST,
                    "only settings of topics can be changed; those of brokers are in their files"));
        }
        return cluster.metadata()
                .changeConfigs(resource.name(), topic -> edit(topic, change), validateOnly)
                .thenApply((TopicOutcome outcome) -> ErrorMapping.of(outcome))
                .exceptionally(failure -> ErrorMapping.orLogged(failure, "configs not changed"));
    }

    private ConfigEdit edit(Topic topic, UnaryOperator<Map<String, String>> change) {
        Map<String, String> changed;
        try {
            changed = change.apply(topic.configs());
        } catch (RefusedException e) {
            return new ConfigEdit.Refused(e.reason);
        }
        int majority = TopicSettings.majority(topic.target(0).size());
        Optional<String> problem = topicSettings.problem(changed, majority);
        return problem.isPresent() ? new ConfigEdit.Refused(problem.get()) : new ConfigEdit.Changed(changed);
    }
}
