package io.oarlog.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateEvent;
import io.oarlog.log.ThrottledLog;
import io.oarlog.server.api.ApiHandler;
import io.oarlog.server.api.ApiResponse;
import io.oarlog.server.api.ApiRouter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class KafkaConnectionHandlerTest {
    private static final int MAX_IN_FLIGHT = 4;
    private static final short METADATA_VERSION = 9;
    private static final short FETCH_VERSION = 12;
    private static final List<ApiKeys> SERVED = List.of(
            ApiKeys.PRODUCE,
            ApiKeys.FETCH,
            ApiKeys.LIST_OFFSETS,
            ApiKeys.METADATA,
            ApiKeys.DESCRIBE_QUORUM,
            ApiKeys.REMOVE_RAFT_VOTER,
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.CREATE_TOPICS,
            ApiKeys.DELETE_TOPICS,
            ApiKeys.DELETE_RECORDS,
            ApiKeys.INIT_PRODUCER_ID,
            ApiKeys.DESCRIBE_CONFIGS,
            ApiKeys.DESCRIBE_CLUSTER,
            ApiKeys.CREATE_PARTITIONS,
            ApiKeys.ALTER_CONFIGS,
            ApiKeys.INCREMENTAL_ALTER_CONFIGS,
            ApiKeys.DESCRIBE_LOG_DIRS,
            ApiKeys.ELECT_LEADERS,
            ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
            ApiKeys.LIST_PARTITION_REASSIGNMENTS,
            ApiKeys.OFFSET_FOR_LEADER_EPOCH,
            ApiKeys.DESCRIBE_PRODUCERS,
            ApiKeys.JOIN_GROUP,
            ApiKeys.SYNC_GROUP,
            ApiKeys.HEARTBEAT,
            ApiKeys.LEAVE_GROUP,
            ApiKeys.OFFSET_COMMIT,
            ApiKeys.OFFSET_FETCH,
            ApiKeys.OFFSET_DELETE,
            ApiKeys.LIST_GROUPS,
            ApiKeys.DESCRIBE_GROUPS,
            ApiKeys.DELETE_GROUPS,
            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
            ApiKeys.CONSUMER_GROUP_DESCRIBE);

    /** One for each request that was handed on, in order. */
    private final List<CompletableFuture<ApiResponse>> handled = new ArrayList<>();

    private final EmbeddedChannel channel = channel();
    private int correlationId;

    private EmbeddedChannel channel() {
        ApiHandler handler = request -> {
            CompletableFuture<ApiResponse> response = new CompletableFuture<>();
            handled.add(response);
            return response;
        };
        Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);
        SERVED.forEach(api -> handlers.put(api, handler));
        ListenerSettings settings =
                new ListenerSettings("PLAINTEXT", "h", 1, 64 << 20, 10, MAX_IN_FLIGHT, 1 << 20, Duration.ofMinutes(1));
        ThrottledLog log = new ThrottledLog(
                LoggerFactory.getLogger(KafkaConnectionHandlerTest.class), 0, Duration.ofHours(1), System::nanoTime);
        return new EmbeddedChannel(
                new FrameDecoder(settings.maxFrameBytes()),
                new KafkaConnectionHandler(new ApiRouter(handlers), settings, log));
    }

    @Test
    void shouldCloseTheConnectionWhenAnAnswerCannotBeEncoded() {
        // given: a null that this version has no room for
        channel.writeInbound(metadata());
        MetadataResponseData unwritable = new MetadataResponseData();
        unwritable.topics().add(new MetadataResponseData.MetadataResponseTopic().setName(null));

        // when
        handled.get(0).complete(answer(new MetadataResponse(unwritable, METADATA_VERSION)));
        channel.runPendingTasks();

        // then
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldHandleNoMoreThanItsLimitHoweverManyComeInOneRead() {
        // when
        channel.writeInbound(Unpooled.wrappedBuffer(
                metadata(), metadata(), metadata(), metadata(), metadata(), metadata(), metadata()));

        // then
        assertThat(handled).hasSize(MAX_IN_FLIGHT);
        assertThat(channel.config().isAutoRead()).isFalse();
        handled.get(0).complete(metadataAnswer());
        assertThat(handled).hasSize(MAX_IN_FLIGHT + 1);
        for (int i = 1; i < 7; i++) {
            handled.get(i).complete(metadataAnswer());
        }
        assertThat(answers()).containsExactly(1, 2, 3, 4, 5, 6, 7);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void shouldHandleNothingForAClientThatDoesNotTakeItsAnswers() {
        // given
        setWritable(false);

        // when
        channel.writeInbound(Unpooled.wrappedBuffer(metadata(), metadata()));

        // then
        assertThat(handled).isEmpty();
        assertThat(channel.config().isAutoRead()).isFalse();
        setWritable(true);
        assertThat(handled).hasSize(2);
    }

    private void setWritable(boolean isWritable) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, isWritable);
        channel.runPendingTasks();
    }

    @Test
    void shouldHoldOneFetchAtATimeAndReadOnMeanwhile() {
        // when
        channel.writeInbound(Unpooled.wrappedBuffer(fetch(), fetch(), metadata()));

        // then: reading goes on, or nobody would notice that the client has gone
        assertThat(handled).hasSize(1);
        assertThat(channel.config().isAutoRead()).isTrue();
        handled.get(0).complete(fetchAnswer());
        assertThat(handled).hasSize(2);
        handled.get(1).complete(fetchAnswer());
        assertThat(handled).hasSize(3);
    }

    @Test
    void shouldCancelTheFetchOfAClientThatHasGone() {
        // given
        channel.writeInbound(fetch());

        // when
        var unused = channel.close();

        // then
        assertThat(handled.get(0)).isCancelled();
    }

    @Test
    void shouldGiveBackAnAnswerThatNobodyWaitsForAnyMore() {
        // given
        List<String> closed = new ArrayList<>();
        channel.writeInbound(metadata());
        var unused = channel.close();

        // when
        AbstractResponse body = new MetadataResponse(new MetadataResponseData(), METADATA_VERSION);
        handled.get(0)
                .complete(new ApiResponse.Answer(body, List.of(() -> closed.add("first"), () -> closed.add("second"))));
        channel.runPendingTasks();

        // then
        assertThat(closed).containsExactly("first", "second");
    }

    @Test
    void shouldTakeAClientThatWaitsForAnAnswerForBusy() {
        // given
        channel.writeInbound(fetch());

        // when
        channel.pipeline().fireUserEventTriggered(IdleStateEvent.FIRST_ALL_IDLE_STATE_EVENT);
        assertThat(channel.isOpen()).isTrue();
        handled.get(0).complete(fetchAnswer());
        channel.pipeline().fireUserEventTriggered(IdleStateEvent.ALL_IDLE_STATE_EVENT);

        // then
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldRefuseALargeRequestThatCarriesNoRecords() {
        // given
        MetadataRequestData request = new MetadataRequestData().setTopics(new ArrayList<>());
        for (int i = 0; i < 200; i++) {
            request.topics().add(new MetadataRequestData.MetadataRequestTopic().setName("x".repeat(30_000)));
        }

        // when
        channel.writeInbound(frame(ApiKeys.METADATA, METADATA_VERSION, request));

        // then
        assertThat(handled).isEmpty();
        assertThat(channel.isOpen()).isFalse();
    }

    private List<Integer> answers() {
        List<Integer> correlationIds = new ArrayList<>();
        for (ByteBuf answer = channel.readOutbound(); answer != null; answer = channel.readOutbound()) {
            correlationIds.add(answer.getInt(Integer.BYTES));
            answer.release();
        }
        return correlationIds;
    }

    private ByteBuf metadata() {
        return frame(ApiKeys.METADATA, METADATA_VERSION, new MetadataRequestData().setTopics(List.of()));
    }

    private ByteBuf fetch() {
        return frame(ApiKeys.FETCH, FETCH_VERSION, new FetchRequestData());
    }

    private ByteBuf frame(ApiKeys api, short version, ApiMessage request) {
        RequestHeader header = new RequestHeader(api, version, "test", ++correlationId);
        ByteBuffer body = RequestUtils.serialize(header.data(), header.headerVersion(), request, version);
        return Unpooled.buffer().writeInt(body.remaining()).writeBytes(body);
    }

    private static ApiResponse metadataAnswer() {
        return answer(new MetadataResponse(new MetadataResponseData(), METADATA_VERSION));
    }

    private static ApiResponse fetchAnswer() {
        return answer(FetchResponse.of(new FetchResponseData()));
    }

    private static ApiResponse answer(AbstractResponse body) {
        return new ApiResponse.Answer(body);
    }
}
