package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.Topic;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataHandlerTest {
    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create("orders");
    private final SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), 0, 0, 20);
    private final ClusterState cluster =
            new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log));
    private final MetadataHandler handler =
            new MetadataHandler(cluster, new AutoCreation(cluster, false), Runnable::run);

    @AfterEach
    void stop() {
        metadata.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldWaitForALeaderThatIsKnownSoon(boolean isForAll) throws Exception {
        // given
        CompletableFuture<Void> known = new CompletableFuture<>();
        log.following();
        log.leaderKnownWith(known);

        // when
        CompletableFuture<AbstractResponse> answer = ask(isForAll);

        // then
        assertThat(answer).isNotDone();
        log.leading();
        known.complete(null);
        assertThat(error(answer)).isEqualTo(Errors.NONE);
    }

    @Test
    void shouldSayThatThereIsNoLeaderWhenNoneIsKnownSoon() throws Exception {
        log.following();
        assertThat(error(ask(true))).isEqualTo(Errors.LEADER_NOT_AVAILABLE);
    }

    private CompletableFuture<AbstractResponse> ask(boolean isForAll) {
        MetadataRequestData data = new MetadataRequestData()
                .setTopics(isForAll ? null : List.of(new MetadataRequestTopic().setName(topic.name())));
        return ApiQuestion.begin(handler, data, (short) 12, MetadataRequest::parse);
    }

    private static Errors error(CompletableFuture<AbstractResponse> answer) throws Exception {
        MetadataResponse response = (MetadataResponse) answer.get(60, TimeUnit.SECONDS);
        return Errors.forCode(
                response.data().topics().iterator().next().partitions().get(0).errorCode());
    }
}
