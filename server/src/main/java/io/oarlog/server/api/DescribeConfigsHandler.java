package io.oarlog.server.api;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.jspecify.annotations.Nullable;

/** DescribeConfigs of topics and of this broker. Thread-safe. */
final class DescribeConfigsHandler implements ApiHandler {
    private final ClusterState cluster;
    private final TopicSettings topicSettings;
    private final ApiSettings settings;

    DescribeConfigsHandler(ClusterState cluster, TopicSettings topicSettings, ApiSettings settings) {
        this.cluster = cluster;
        this.topicSettings = topicSettings;
        this.settings = settings;
    }

    /** Where a topic's setting comes from. */
    static ConfigSource source(TopicSettings.Described setting) {
        return setting.isSet() ? ConfigSource.TOPIC_CONFIG : ConfigSource.DEFAULT_CONFIG;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DescribeConfigsRequestData asked = ((DescribeConfigsRequest) request.body()).data();
        DescribeConfigsResponseData data = new DescribeConfigsResponseData();
        for (DescribeConfigsResource resource : new LinkedHashSet<>(asked.resources())) {
            data.results().add(describe(resource, asked.includeSynonyms()));
        }
        return CompletableFuture.completedFuture(new ApiResponse.Answer(new DescribeConfigsResponse(data)));
    }

    private DescribeConfigsResult describe(DescribeConfigsResource resource, boolean includesSynonyms) {
        return switch (ConfigResource.Type.forId(resource.resourceType())) {
            case TOPIC -> topic(resource, includesSynonyms);
            case BROKER -> broker(resource);
            default ->
                failed(resource, new ApiError(Errors.INVALID_REQUEST, "only topics and brokers have settings here"));
        };
    }

    private DescribeConfigsResult topic(DescribeConfigsResource resource, boolean includesSynonyms) {
        Optional<List<TopicSettings.Described>> described =
                cluster.topic(resource.resourceName(), Uuid.ZERO_UUID).map(topicSettings::describe);
        if (described.isEmpty()) {
            return failed(resource, new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION));
        }
        List<DescribeConfigsResourceResult> configs = new ArrayList<>();
        for (TopicSettings.Described setting : described.get()) {
            if (isAskedFor(resource.configurationKeys(), setting.name())) {
                configs.add(config(setting.name(), setting.value(), source(setting), setting.type())
                        .setReadOnly(false)
                        .setSynonyms(includesSynonyms ? synonyms(setting) : List.of()));
            }
        }
        return found(resource, configs);
    }

    /** All values that there are for a setting; the first one holds. */
    private static List<DescribeConfigsSynonym> synonyms(TopicSettings.Described setting) {
        List<DescribeConfigsSynonym> synonyms = new ArrayList<>();
        if (setting.own() != null) {
            synonyms.add(synonym(setting.name(), setting.own(), ConfigSource.TOPIC_CONFIG));
        }
        synonyms.add(synonym(setting.name(), setting.fallback(), ConfigSource.DEFAULT_CONFIG));
        return synonyms;
    }

    private static DescribeConfigsSynonym synonym(String name, String value, ConfigSource source) {
        return new DescribeConfigsSynonym().setName(name).setValue(value).setSource(source.id());
    }

    private DescribeConfigsResult broker(DescribeConfigsResource resource) {
        if (!resource.resourceName().equals(Integer.toString(settings.nodeId()))) {
            return failed(
                    resource,
                    new ApiError(
                            Errors.INVALID_REQUEST,
                            "this is broker " + settings.nodeId() + "; ask broker " + resource.resourceName()
                                    + " itself"));
        }
        List<DescribeConfigsResourceResult> configs = new ArrayList<>();
        settings.brokerConfigs().forEach((name, value) -> {
            if (isAskedFor(resource.configurationKeys(), name)) {
                configs.add(config(name, value, ConfigSource.STATIC_BROKER_CONFIG, ConfigDef.Type.STRING));
            }
        });
        return found(resource, configs);
    }

    private static boolean isAskedFor(@Nullable List<String> names, String name) {
        return names == null || names.isEmpty() || names.contains(name);
    }

    private static DescribeConfigsResourceResult config(
            String name, String value, ConfigSource source, ConfigDef.Type type) {
        return new DescribeConfigsResourceResult()
                .setName(name)
                .setValue(value)
                .setReadOnly(true)
                .setConfigSource(source.id())
                .setConfigType(type(type).id());
    }

    private static ConfigType type(ConfigDef.Type type) {
        return switch (type) {
            case INT -> ConfigType.INT;
            case LONG -> ConfigType.LONG;
            case DOUBLE -> ConfigType.DOUBLE;
            case LIST -> ConfigType.LIST;
            default -> ConfigType.STRING;
        };
    }

    private static DescribeConfigsResult found(
            DescribeConfigsResource resource, List<DescribeConfigsResourceResult> configs) {
        return new DescribeConfigsResult()
                .setResourceType(resource.resourceType())
                .setResourceName(resource.resourceName())
                .setConfigs(configs);
    }

    private static DescribeConfigsResult failed(DescribeConfigsResource resource, ApiError error) {
        return new DescribeConfigsResult()
                .setResourceType(resource.resourceType())
                .setResourceName(resource.resourceName())
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
