package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.Topic;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class OffsetForLeaderEpochHandlerTest {
    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create("orders");
    /** Epoch 1 ends at 7, epoch 3 is the leader's. */
    private final SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), 0, 0, 20).withEpochEndingAt(1, 7);

    private final OffsetForLeaderEpochHandler handler = new OffsetForLeaderEpochHandler(
            new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log)), Runnable::run);

    @AfterEach
    void stop() {
        metadata.close();
    }

    private EpochEndOffset end(int leaderEpoch, int currentLeaderEpoch) {
        OffsetForLeaderEpochRequestData data = new OffsetForLeaderEpochRequestData().setReplicaId(-1);
        data.topics()
                .add(new OffsetForLeaderTopic()
                        .setTopic(topic.name())
                        .setPartitions(List.of(new OffsetForLeaderPartition()
                                .setPartition(0)
                                .setCurrentLeaderEpoch(currentLeaderEpoch)
                                .setLeaderEpoch(leaderEpoch))));
        OffsetsForLeaderEpochResponse response = (OffsetsForLeaderEpochResponse)
                ApiQuestion.ask(handler, data, (short) 4, OffsetsForLeaderEpochRequest::parse);
        return response.data().topics().find(topic.name()).partitions().get(0);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 7", "2, 1, 7", "3, 3, 20", "4, -1, -1", "-1, -1, -1"})
    void shouldTellWhereTheNewestEpochUpToTheAskedOneEnds(int asked, int found, long endOffset) {
        EpochEndOffset end = end(asked, 3);
        assertThat(Errors.forCode(end.errorCode())).isEqualTo(Errors.NONE);
        assertThat(end.leaderEpoch()).isEqualTo(found);
        assertThat(end.endOffset()).isEqualTo(endOffset);
    }

    @Test
    void shouldRefuseWhoBelievesInAnotherEpoch() {
        assertThat(Errors.forCode(end(1, 2).errorCode())).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(Errors.forCode(end(1, 4).errorCode())).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
        log.following();
        assertThat(Errors.forCode(end(1, 3).errorCode())).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }
}
