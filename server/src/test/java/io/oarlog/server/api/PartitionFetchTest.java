package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.metadata.Topic;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class PartitionFetchTest {
    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create("fetched");
    private final SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), 0, 5, 20);
    private final PartitionFetch fetch = fetchFrom(10);

    @AfterEach
    void stop() {
        metadata.close();
    }

    private PartitionFetch fetchFrom(long offset) {
        ClusterState cluster = new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log));
        FetchPartition request = new FetchPartition().setFetchOffset(offset).setPartitionMaxBytes(1_000);
        return new PartitionFetch(cluster, Optional.of(topic), false, request);
    }

    @Test
    void shouldTellTheStartOfTheLog() {
        // when
        fetch.advance(1_000, true);

        // then
        PartitionData answer = fetch.response();
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
        assertThat(answer.logStartOffset()).isEqualTo(5);
    }

    @Test
    void shouldBeOutOfRangeWhenTheStartMovesBetweenTheCheckAndTheRead() {
        // given
        log.beforeRead(() -> log.startAt(11));

        // when
        fetch.advance(1_000, true);

        // then
        PartitionData answer = fetch.response();
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
        assertThat(answer.logStartOffset()).isEqualTo(11);
    }

    @Test
    void shouldBeOutOfRangeWhenTheStartMovesWhileItWaits() {
        // given
        PartitionFetch atTheEnd = fetchFrom(19);
        atTheEnd.advance(1_000, true);
        assertThat(atTheEnd.isFailed()).isFalse();

        // when
        log.startAt(20);
        atTheEnd.advance(1_000, true);

        // then
        assertThat(Errors.forCode(atTheEnd.response().errorCode())).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void shouldNotTakeAnotherFaultForAnOffsetOutOfRange() {
        // given
        log.beforeRead(() -> {
            throw new IllegalArgumentException("a bug");
        });

        // when, then
        assertThatThrownBy(() -> fetch.advance(1_000, true)).hasMessage("a bug");
    }
}
