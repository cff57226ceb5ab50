package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.BrokerEndpoint;
import io.oarlog.metadata.Topic;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ProduceHandlerTest {
    private static final short VERSION = 9;
    private static final long NOW = 1_700_000_000_000L;

    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic producersTime = metadata.create("producers");
    private final Topic brokersTime = metadata.create("brokers", Map.of("message.timestamp.type", "LogAppendTime"));
    private final Topic compacted = metadata.create("compacted", Map.of("cleanup.policy", "compact"));
    private final SimulatedLog log = new SimulatedLog(brokersTime.id(), brokersTime.name(), 0, 5, 20);

    private final ProduceHandler handler = new ProduceHandler(
            new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log)),
            new TopicSettings(1_000_000, TopicDefaults.kafkas()),
            () -> NOW);

    @AfterEach
    void stop() {
        metadata.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip"})
    void shouldGiveRecordsTheTimeOfTheAppendWhenTheTopicWantsIt(String compression) {
        // when
        PartitionProduceResponse response = produce(brokersTime, records(compression));

        // then
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.NONE);
        assertThat(response.logAppendTimeMs()).isEqualTo(NOW);
        assertThat(response.logStartOffset()).isEqualTo(5);
        assertThat(appended())
                .extracting(record -> record.timestamp() + " " + StandardCharsets.UTF_8.decode(record.value()))
                .containsExactly(NOW + " a", NOW + " b");
    }

    @Test
    void shouldLeaveRecordsTheirProducersTimeOtherwise() {
        // when
        PartitionProduceResponse response = produce(producersTime, records("none"));

        // then
        assertThat(response.logAppendTimeMs()).isEqualTo(-1);
        assertThat(appended()).extracting(Record::timestamp).containsExactly(1_000L, 2_000L);
    }

    @Test
    void shouldNotGiveARepetitionATimeThatTheFirstOneDoesNotHave() {
        // given
        log.repeating();

        // when
        PartitionProduceResponse response = produce(brokersTime, records("none"));

        // then
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.NONE);
        assertThat(response.logAppendTimeMs()).isEqualTo(-1);
    }

    @Test
    void shouldRefuseABatchThatClaimsTheBrokersTime() {
        // given
        MemoryRecords records = records("none");
        records.batches().forEach(batch -> batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, 3_000));

        // when, then
        assertThat(Errors.forCode(produce(producersTime, records).errorCode())).isEqualTo(Errors.INVALID_RECORD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip"})
    void shouldRefuseRecordsWithoutAKeyInACompactedTopicAndNameThem(String compression) {
        // when
        PartitionProduceResponse response = produce(
                compacted,
                MemoryRecords.withRecords(codec(compression), keyed("a"), keyless("b"), keyed("c"), keyless("d")));

        // then
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.INVALID_RECORD);
        assertThat(response.errorMessage())
                .isEqualTo(
                        "One or more records have been rejected due to 2 record errors in total, and only showing the"
                                + " first three errors at most: [RecordError(batchIndex=1, message='Compacted topic cannot"
                                + " accept message without key in topic partition compacted-0.'), RecordError(batchIndex=3,"
                                + " message='Compacted topic cannot accept message without key in topic partition"
                                + " compacted-0.')]");
        assertThat(response.recordErrors())
                .extracting(BatchIndexAndErrorMessage::batchIndex)
                .containsExactly(1, 3);
        assertThat(log.appends()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip"})
    void shouldTakeKeysAndTombstonesInACompactedTopic(String compression) {
        // when
        PartitionProduceResponse response = produce(
                compacted,
                MemoryRecords.withRecords(
                        codec(compression),
                        keyed("a"),
                        new SimpleRecord(2_000, "k".getBytes(StandardCharsets.UTF_8), null)));

        // then
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.NONE);
        assertThat(appended()).hasSize(2);
    }

    @Test
    void shouldRefuseRecordsThatACompactionCouldNotRead() {
        // given: a record that says it is longer than the batch
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, keyed("a"));
        ByteBuffer bytes = records.buffer();
        bytes.put(61, (byte) 0x7E);
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(21, bytes.limit() - 21));
        bytes.putInt(17, (int) crc.getValue());

        // when, then
        assertThat(Errors.forCode(produce(compacted, records).errorCode())).isEqualTo(Errors.INVALID_RECORD);
        assertThat(log.appends()).isZero();
        assertThat(Errors.forCode(produce(producersTime, records).errorCode())).isEqualTo(Errors.NONE);
    }

    private static SimpleRecord keyed(String value) {
        return new SimpleRecord(1_000, "k".getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    private static SimpleRecord keyless(String value) {
        return new SimpleRecord(1_000, null, value.getBytes(StandardCharsets.UTF_8));
    }

    private static Compression codec(String name) {
        return name.equals("gzip") ? Compression.gzip().build() : Compression.NONE;
    }

    private static MemoryRecords records(String compression) {
        return MemoryRecords.withRecords(
                codec(compression),
                new SimpleRecord(1_000, null, "a".getBytes(StandardCharsets.UTF_8)),
                new SimpleRecord(2_000, null, "b".getBytes(StandardCharsets.UTF_8)));
    }

    private List<Record> appended() {
        return StreamSupport.stream(
                        MemoryRecords.readableRecords(log.lastAppended())
                                .records()
                                .spliterator(),
                        false)
                .toList();
    }

    private PartitionProduceResponse produce(Topic topic, MemoryRecords records) {
        TopicProduceData produced = new TopicProduceData().setName(topic.name());
        produced.partitionData().add(new PartitionProduceData().setIndex(0).setRecords(records));
        ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(600_000);
        data.topicData().add(produced);
        ByteBuffer bytes = MessageUtil.toByteBufferAccessor(data, VERSION).buffer();
        ApiRequest request = new ApiRequest(
                new RequestHeader(ApiKeys.PRODUCE, VERSION, "test", 1),
                ProduceRequest.parse(new ByteBufferAccessor(bytes), VERSION),
                InetAddress.getLoopbackAddress(),
                new ClientPath(BrokerEndpoint.ONLY_LISTENER, InetAddress.getLoopbackAddress()));
        ApiResponse.Answer answer = (ApiResponse.Answer)
                handler.handle(request).orTimeout(60, TimeUnit.SECONDS).join();
        return ((ProduceResponse) answer.body())
                .data()
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .get(0);
    }
}
