package io.oarlog.server.api;

import io.oarlog.log.EpochEnd;
import io.oarlog.log.LogException;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.ReplicatedLog;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OffsetForLeaderEpoch (KIP-320): where the records of a leader epoch end, by which a consumer tells whether what it read is
 * still there. Here it always is: nothing above the high watermark is shown. Thread-safe.
 */
final class OffsetForLeaderEpochHandler implements ApiHandler {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetForLeaderEpochHandler.class);

    private final ClusterState cluster;
    private final Executor readPool;

    OffsetForLeaderEpochHandler(ClusterState cluster, Executor readPool) {
        this.cluster = cluster;
        this.readPool = readPool;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        return CompletableFuture.supplyAsync(() -> answer((OffsetsForLeaderEpochRequest) request.body()), readPool);
    }

    private ApiResponse answer(OffsetsForLeaderEpochRequest request) {
        OffsetForLeaderEpochResponseData data = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic : request.data().topics()) {
            Optional<Topic> known = cluster.topic(topic.topic(), Uuid.ZERO_UUID);
            OffsetForLeaderTopicResult result = new OffsetForLeaderTopicResult().setTopic(topic.topic());
            topic.partitions().forEach(partition -> result.partitions().add(end(known, partition)));
            data.topics().add(result);
        }
        return new ApiResponse.Answer(new OffsetsForLeaderEpochResponse(data));
    }

    private EpochEndOffset end(Optional<Topic> topic, OffsetForLeaderPartition partition) {
        PartitionLookup lookup = cluster.lookup(topic, false, partition.partition(), partition.currentLeaderEpoch());
        if (lookup instanceof PartitionLookup.Refused refused) {
            return failed(partition, refused.error());
        }
        ReplicatedLog log = ((PartitionLookup.Led) lookup).log();
        int current = log.leader().leaderEpoch();
        if (partition.leaderEpoch() > current || partition.leaderEpoch() < 0) {
            return failed(partition, Errors.NONE);
        }
        try {
            EpochEnd end = partition.leaderEpoch() == current
                    ? new EpochEnd(current, log.highWatermark())
                    : log.endOfEpoch(partition.leaderEpoch());
            return new EpochEndOffset()
                    .setPartition(partition.partition())
                    .setLeaderEpoch(end.leaderEpoch())
                    .setEndOffset(end.endOffset());
        } catch (LogException e) {
            LOG.atError().addKeyValue("partition", log.id()).setCause(e).log("a replica cannot be searched");
            return failed(partition, Errors.KAFKA_STORAGE_ERROR);
        }
    }

    /** Without an end. */
    private static EpochEndOffset failed(OffsetForLeaderPartition partition, Errors error) {
        return new EpochEndOffset()
                .setPartition(partition.partition())
                .setErrorCode(error.code())
                .setLeaderEpoch(OffsetsForLeaderEpochResponse.UNDEFINED_EPOCH)
                .setEndOffset(OffsetsForLeaderEpochResponse.UNDEFINED_EPOCH_OFFSET);
    }
}
