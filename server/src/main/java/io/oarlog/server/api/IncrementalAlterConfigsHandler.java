package io.oarlog.server.api;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;

/** IncrementalAlterConfigs (KIP-339): sets and removes settings of topics; the others stay. Thread-safe. */
final class IncrementalAlterConfigsHandler implements ApiHandler {
    // KIP-339
    private static final byte SET = 0;
    private static final byte DELETE = 1;
    private static final byte APPEND = 2;
    private static final byte SUBTRACT = 3;

    private final ConfigChanges changes;
    private final TopicSettings topicSettings;

    IncrementalAlterConfigsHandler(ConfigChanges changes, TopicSettings topicSettings) {
        this.changes = changes;
        this.topicSettings = topicSettings;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        IncrementalAlterConfigsRequestData data = ((IncrementalAlterConfigsRequest) request.body()).data();
        Map<ConfigResource, UnaryOperator<Map<String, String>>> asked = new LinkedHashMap<>();
        for (AlterConfigsResource resource : data.resources()) {
            asked.put(
                    new ConfigResource(ConfigResource.Type.forId(resource.resourceType()), resource.resourceName()),
                    own -> changed(own, resource.configs()));
        }
        return changes.change(asked, data.validateOnly())
                .thenApply(errors -> new ApiResponse.Answer(new IncrementalAlterConfigsResponse(0, errors)));
    }

    private Map<String, String> changed(Map<String, String> own, Iterable<AlterableConfig> operations) {
        Map<String, String> changed = new HashMap<>(own);
        Set<String> seen = new LinkedHashSet<>();
        for (AlterableConfig operation : operations) {
            if (!seen.add(operation.name())) {
                throw new ConfigChanges.RefusedException(operation.name() + ": named twice");
            }
            apply(operation, changed);
        }
        return changed;
    }

    private void apply(AlterableConfig operation, Map<String, String> changed) {
        String name = operation.name();
        byte type = operation.configOperation();
        String value = operation.value();
        if (type == DELETE) {
            changed.remove(name);
        } else if (type < SET || type > SUBTRACT || value == null) {
            throw new ConfigChanges.RefusedException(
                    name + ": " + (value == null ? "no value" : "unknown operation " + type));
        } else if (type == SET) {
            changed.put(name, value);
        } else if (topicSettings.isList(name)) {
            Set<String> values = new LinkedHashSet<>(TopicSettings.split(topicSettings.value(changed, name)));
            List<String> operands = TopicSettings.split(value);
            if (type == APPEND) {
                values.addAll(operands);
            } else {
                operands.forEach(values::remove);
            }
            changed.put(name, String.join(",", values));
        } else {
            throw new ConfigChanges.RefusedException(name + ": not a list, so that nothing can be added or taken away");
        }
    }
}
