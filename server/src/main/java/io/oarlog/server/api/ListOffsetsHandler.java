package io.oarlog.server.api;

import io.oarlog.log.LogException;
import io.oarlog.log.TimestampOffset;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.ReplicatedLog;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** ListOffsets: earliest, latest (the high watermark) and by timestamp; answered by the leader. Thread-safe. */
final class ListOffsetsHandler implements ApiHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsHandler.class);
    private static final long UNKNOWN = -1;
    private static final int UNKNOWN_EPOCH = -1;
    /** KIP-320; before it the codec refuses to encode an epoch. */
    private static final short FIRST_VERSION_WITH_EPOCHS = 4;

    private final ClusterState cluster;
    private final Executor readPool;

    ListOffsetsHandler(ClusterState cluster, Executor readPool) {
        this.cluster = cluster;
        this.readPool = readPool;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        ListOffsetsRequest body = (ListOffsetsRequest) request.body();
        // A search by time reads the disk.
        return CompletableFuture.supplyAsync(() -> answer(body), readPool);
    }

    private ApiResponse answer(ListOffsetsRequest request) {
        ListOffsetsResponseData data = new ListOffsetsResponseData();
        for (ListOffsetsTopic topic : request.topics()) {
            Optional<Topic> known = cluster.topic(topic.name(), Uuid.ZERO_UUID);
            ListOffsetsTopicResponse response = new ListOffsetsTopicResponse().setName(topic.name());
            for (ListOffsetsPartition partition : topic.partitions()) {
                boolean isTwice = request.duplicatePartitions()
                        .contains(new TopicPartition(topic.name(), partition.partitionIndex()));
                ListOffsetsPartitionResponse found =
                        isTwice ? failed(partition, Errors.INVALID_REQUEST) : offset(known, partition);
                if (request.version() < FIRST_VERSION_WITH_EPOCHS) {
                    found.setLeaderEpoch(UNKNOWN_EPOCH);
                }
                response.partitions().add(found);
            }
            data.topics().add(response);
        }
        return new ApiResponse.Answer(new ListOffsetsResponse(data));
    }

    private ListOffsetsPartitionResponse offset(Optional<Topic> topic, ListOffsetsPartition partition) {
        PartitionLookup lookup =
                cluster.lookup(topic, false, partition.partitionIndex(), partition.currentLeaderEpoch());
        if (lookup instanceof PartitionLookup.Refused refused) {
            return failed(partition, refused.error());
        }
        ReplicatedLog log = ((PartitionLookup.Led) lookup).log();
        long timestamp = partition.timestamp();
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return found(partition, UNKNOWN, log.logStartOffset(), UNKNOWN_EPOCH);
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
            return found(partition, UNKNOWN, log.highWatermark(), log.leader().leaderEpoch());
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP) {
            return found(partition, UNKNOWN, UNKNOWN, UNKNOWN_EPOCH); // nothing is ever moved to another store
        }
        if (timestamp < 0 && timestamp != ListOffsetsRequest.MAX_TIMESTAMP) {
            return failed(partition, Errors.UNSUPPORTED_VERSION);
        }
        try {
            Optional<TimestampOffset> first = timestamp == ListOffsetsRequest.MAX_TIMESTAMP
                    ? log.newestTimestamp()
                    : log.offsetForTimestamp(timestamp);
            return first.map(f -> found(partition, f.timestamp(), f.offset(), f.leaderEpoch()))
                    .orElseGet(() -> found(partition, UNKNOWN, UNKNOWN, UNKNOWN_EPOCH));
        } catch (LogException e) {
            LOG.atError().addKeyValue("partition", log.id()).setCause(e).log("a replica cannot be searched");
            return failed(partition, Errors.KAFKA_STORAGE_ERROR);
        }
    }

    private static ListOffsetsPartitionResponse found(
            ListOffsetsPartition partition, long timestamp, long offset, int leaderEpoch) {
        return new ListOffsetsPartitionResponse()
                .setPartitionIndex(partition.partitionIndex())
                .setTimestamp(timestamp)
                .setOffset(offset)
                .setLeaderEpoch(leaderEpoch);
    }

    private static ListOffsetsPartitionResponse failed(ListOffsetsPartition partition, Errors error) {
        return new ListOffsetsPartitionResponse()
                .setPartitionIndex(partition.partitionIndex())
                .setErrorCode(error.code());
    }
}
