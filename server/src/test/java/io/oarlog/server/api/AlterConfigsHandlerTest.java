package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.Topic;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AlterConfigsHandlerTest {
    private static final Map<String, String> BEFORE = Map.of("retention.ms", "1000", "cleanup.policy", "compact");

    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create("orders", BEFORE);

    private final AlterConfigsHandler handler = new AlterConfigsHandler(new ConfigChanges(
            new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.empty()),
            new TopicSettings(1_000_000, TopicDefaults.kafkas())));

    @AfterEach
    void stop() {
        metadata.close();
    }

    private Errors alter(String key, String value, boolean validateOnly) {
        AlterConfigsResource resource = new AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topic.name());
        resource.configs().add(new AlterableConfig().setName(key).setValue(value));
        AlterConfigsRequestData data = new AlterConfigsRequestData().setValidateOnly(validateOnly);
        data.resources().add(resource);
        AlterConfigsResponse response =
                (AlterConfigsResponse) ApiQuestion.ask(handler, data, (short) 2, AlterConfigsRequest::parse);
        return Errors.forCode(response.data().responses().get(0).errorCode());
    }

    private Map<String, String> stored() {
        return metadata.metadata().topic(topic.name()).orElseThrow().configs();
    }

    @Test
    void shouldTakeAwayTheSettingsThatAreNotNamed() {
        assertThat(alter("retention.ms", "2000", false)).isEqualTo(Errors.NONE);
        assertThat(stored()).isEqualTo(Map.of("retention.ms", "2000"));
    }

    @Test
    void shouldChangeNothingWhenItIsOnlyToBeValidatedOrWrong() {
        assertThat(List.of(alter("retention.ms", "2000", true), alter("retention.ms", "soon", false)))
                .containsExactly(Errors.NONE, Errors.INVALID_CONFIG);
        assertThat(stored()).isEqualTo(BEFORE);
    }
}
