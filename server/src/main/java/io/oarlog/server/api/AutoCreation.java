package io.oarlog.server.api;

import io.oarlog.metadata.TopicOutcome;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.requests.ApiError;

/** Creates topics that clients ask for, where the broker's settings want that. Thread-safe. */
final class AutoCreation {
    private static final int DEFAULT = -1;

    private final ClusterState cluster;
    private final boolean isEnabled;

    AutoCreation(ClusterState cluster, boolean isEnabled) {
        this.cluster = cluster;
        this.isEnabled = isEnabled;
    }

    /**
     * Creates topics with the cluster's defaults; does nothing when it is not enabled.
     *
     * @param names of topics that are not known here; internal ones are not created so
     * @return completes, with what went wrong for whom, when those that could be are known here; never fails
     */
    CompletableFuture<Map<String, ApiError>> create(Collection<String> names) {
        Map<String, CompletableFuture<ApiError>> outcomes = new LinkedHashMap<>();
        if (isEnabled) {
            for (String name : names) {
                if (!Topic.isInternal(name)) {
                    outcomes.computeIfAbsent(name, this::create);
                }
            }
        }
        return CompletableFuture.allOf(outcomes.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> {
                    Map<String, ApiError> failed = new HashMap<>();
                    outcomes.forEach((name, outcome) -> {
                        if (outcome.join().isFailure()) {
                            failed.put(name, outcome.join());
                        }
                    });
                    return failed;
                });
    }

    private CompletableFuture<ApiError> create(String name) {
        return cluster.metadata()
                .createTopic(name, DEFAULT, DEFAULT, Map.of(), false)
                .thenApply(outcome ->
                        outcome instanceof TopicOutcome.AlreadyExists ? ApiError.NONE : ErrorMapping.of(outcome))
                .exceptionally(failure -> ErrorMapping.orLogged(failure, "topic not created"));
    }
}
