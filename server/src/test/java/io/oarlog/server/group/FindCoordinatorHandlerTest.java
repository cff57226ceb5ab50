package io.oarlog.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.Topic;
import io.oarlog.server.api.ApiQuestion;
import io.oarlog.server.api.ClusterState;
import io.oarlog.server.api.OneNodeMetadata;
import io.oarlog.server.api.SimulatedLog;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FindCoordinatorHandlerTest {
    private static final String GROUP = "orders";
    private static final short FIRST_VERSION_OF_MANY = 4;

    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create(OffsetsTopic.NAME);
    private final SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), 0, 0, 20);
    private final FindCoordinatorHandler handler = new FindCoordinatorHandler(
            new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log)),
            new OffsetsTopic(metadata.metadata(), GroupSettings.defaults(1)));

    @AfterEach
    void stop() {
        metadata.close();
    }

    @ParameterizedTest
    @ValueSource(shorts = {1, FIRST_VERSION_OF_MANY})
    void shouldWaitForACoordinatorThatIsKnownSoon(short version) throws Exception {
        // given
        CompletableFuture<Void> known = new CompletableFuture<>();
        log.following();
        log.leaderKnownWith(known);

        // when
        CompletableFuture<AbstractResponse> answer = ask(version);

        // then
        assertThat(answer).isNotDone();
        log.leading();
        known.complete(null);
        assertThat(error(answer, version)).isEqualTo(Errors.NONE);
    }

    @ParameterizedTest
    @ValueSource(shorts = {1, FIRST_VERSION_OF_MANY})
    void shouldSayThatThereIsNoCoordinatorWhenNoneIsKnownSoon(short version) throws Exception {
        log.following();
        assertThat(error(ask(version), version)).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    private CompletableFuture<AbstractResponse> ask(short version) {
        FindCoordinatorRequestData data = version < FIRST_VERSION_OF_MANY
                ? new FindCoordinatorRequestData().setKey(GROUP)
                : new FindCoordinatorRequestData().setCoordinatorKeys(List.of(GROUP));
        return ApiQuestion.begin(handler, data, version, FindCoordinatorRequest::parse);
    }

    private static Errors error(CompletableFuture<AbstractResponse> answer, short version) throws Exception {
        FindCoordinatorResponse response = (FindCoordinatorResponse) answer.get(60, TimeUnit.SECONDS);
        short code = version < FIRST_VERSION_OF_MANY
                ? response.data().errorCode()
                : response.data().coordinators().get(0).errorCode();
        return Errors.forCode(code);
    }
}
