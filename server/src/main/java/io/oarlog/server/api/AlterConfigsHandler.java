package io.oarlog.server.api;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.ApiError;

/** AlterConfigs, which older clients send: a topic has the settings that are named, and no others. Thread-safe. */
final class AlterConfigsHandler implements ApiHandler {
    private final ConfigChanges changes;

    AlterConfigsHandler(ConfigChanges changes) {
        this.changes = changes;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        AlterConfigsRequestData data = ((AlterConfigsRequest) request.body()).data();
        Map<ConfigResource, UnaryOperator<Map<String, String>>> asked = new LinkedHashMap<>();
        for (AlterConfigsResource resource : data.resources()) {
            asked.put(
                    new ConfigResource(ConfigResource.Type.forId(resource.resourceType()), resource.resourceName()),
                    own -> named(resource.configs()));
        }
        return changes.change(asked, data.validateOnly()).thenApply(AlterConfigsHandler::answer);
    }

    private static Map<String, String> named(Iterable<AlterableConfig> configs) {
        Map<String, String> named = new HashMap<>();
        for (AlterableConfig config : configs) {
            if (config.value() == null) {
                throw new ConfigChanges.RefusedException(config.name() + ": no value");
            }
            named.put(config.name(), config.value());
        }
        return named;
    }

    private static ApiResponse answer(Map<ConfigResource, ApiError> errors) {
        AlterConfigsResponseData data = new AlterConfigsResponseData();
        errors.forEach((resource, error) -> data.responses()
                .add(new AlterConfigsResourceResponse()
                        .setResourceType(resource.type().id())
                        .setResourceName(resource.name())
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message())));
        return new ApiResponse.Answer(new AlterConfigsResponse(data));
    }
}
