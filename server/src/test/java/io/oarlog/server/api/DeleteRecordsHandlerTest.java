package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.BrokerEndpoint;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.AdvanceOutcome;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DeleteRecordsHandlerTest {
    private static final short VERSION = 2;
    private static final int LONG_MILLIS = 600_000;

    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create("orders");
    /** Holds 5 to 19. */
    private final SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), 0, 5, 20);

    private final DeleteRecordsHandler handler = new DeleteRecordsHandler(
            new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log)),
            new TopicSettings(1_000_000, TopicDefaults.kafkas()),
            Runnable::run);

    @AfterEach
    void stop() {
        metadata.close();
    }

    @ParameterizedTest
    @CsvSource({"7, 7", "-1, 20", "20, 20", "5, 5", "2, 5", "0, 5"})
    void shouldMoveTheStartUpAndNeverDown(long offset, long lowWatermark) {
        // when
        DeleteRecordsPartitionResult result = delete("orders", 0, offset, LONG_MILLIS);

        // then
        assertThat(Errors.forCode(result.errorCode())).isEqualTo(Errors.NONE);
        assertThat(result.lowWatermark()).isEqualTo(lowWatermark);
        assertThat(log.logStartOffset()).isEqualTo(lowWatermark);
    }

    @ParameterizedTest
    @CsvSource({
        "orders, 0, 21, OFFSET_OUT_OF_RANGE",
        "orders, 0, -2, OFFSET_OUT_OF_RANGE",
        "orders, 1, 7, UNKNOWN_TOPIC_OR_PARTITION",
        "orders, -1, 7, UNKNOWN_TOPIC_OR_PARTITION",
        "unknown, 0, 7, UNKNOWN_TOPIC_OR_PARTITION"
    })
    void shouldRefuseWhatIsNotThere(String name, int partition, long offset, Errors error) {
        // when
        DeleteRecordsPartitionResult result = delete(name, partition, offset, LONG_MILLIS);

        // then
        assertThat(Errors.forCode(result.errorCode())).isEqualTo(error);
        assertThat(result.lowWatermark()).isEqualTo(-1);
        assertThat(log.logStartOffset()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({"compact, POLICY_VIOLATION, 5", "'compact,delete', NONE, 7"})
    void shouldDeleteOnlyWhereThePolicyDeletes(String policy, Errors error, long logStartOffset) {
        // given
        metadata.create("keyed", Map.of("cleanup.policy", policy));

        // when
        DeleteRecordsPartitionResult result = delete("keyed", 0, 7, LONG_MILLIS);

        // then
        assertThat(Errors.forCode(result.errorCode())).isEqualTo(error);
        assertThat(log.logStartOffset()).isEqualTo(logStartOffset);
    }

    @Test
    void shouldSayThatItDoesNotLead() {
        // given
        log.following();

        // when, then
        assertThat(Errors.forCode(delete("orders", 0, 7, LONG_MILLIS).errorCode()))
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void shouldLetTheClientAskAgainWhenTheOutcomeIsUnknown() {
        // given
        log.advancing(() -> CompletableFuture.completedFuture(new AdvanceOutcome.Unknown("the leader changed")));

        // when, then
        assertThat(Errors.forCode(delete("orders", 0, 7, LONG_MILLIS).errorCode()))
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void shouldAnswerWhenTheTimeIsUp() {
        // given
        log.advancing(CompletableFuture::new);

        // when, then
        assertThat(Errors.forCode(delete("orders", 0, 7, 1).errorCode())).isEqualTo(Errors.REQUEST_TIMED_OUT);
    }

    private DeleteRecordsPartitionResult delete(String name, int partition, long offset, int timeoutMillis) {
        DeleteRecordsRequestData data = new DeleteRecordsRequestData()
                .setTimeoutMs(timeoutMillis)
                .setTopics(List.of(new DeleteRecordsTopic()
                        .setName(name)
                        .setPartitions(List.of(new DeleteRecordsPartition()
                                .setPartitionIndex(partition)
                                .setOffset(offset)))));
        ByteBuffer bytes = MessageUtil.toByteBufferAccessor(data, VERSION).buffer();
        ApiRequest request = new ApiRequest(
                new RequestHeader(ApiKeys.DELETE_RECORDS, VERSION, "test", 1),
                DeleteRecordsRequest.parse(new ByteBufferAccessor(bytes), VERSION),
                InetAddress.getLoopbackAddress(),
                new ClientPath(BrokerEndpoint.ONLY_LISTENER, InetAddress.getLoopbackAddress()));
        ApiResponse.Answer answer = (ApiResponse.Answer)
                handler.handle(request).orTimeout(60, TimeUnit.SECONDS).join();
        return ((DeleteRecordsResponse) answer.body())
                .data()
                .topics()
                .find(name)
                .partitions()
                .find(partition);
    }
}
