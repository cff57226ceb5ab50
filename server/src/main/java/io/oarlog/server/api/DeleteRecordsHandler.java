package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import io.oarlog.raft.AdvanceOutcome;
import io.oarlog.raft.ReplicatedLog;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;

/**
 * DeleteRecords (KIP-107): moves the start of logs up, at the leader. Answers when a majority has the new start; the files
 * go afterwards. Refused where the topic's policy deletes nothing. Thread-safe.
 */
final class DeleteRecordsHandler implements ApiHandler {
    /** What became of one partition. */
    private record Part(TopicPartition partition, CompletableFuture<DeleteRecordsPartitionResult> result) {}

    private final ClusterState cluster;
    private final TopicSettings topicSettings;
    private final Executor readPool;

    DeleteRecordsHandler(ClusterState cluster, TopicSettings topicSettings, Executor readPool) {
        this.cluster = cluster;
        this.topicSettings = topicSettings;
        this.readPool = readPool;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DeleteRecordsRequestData data = ((DeleteRecordsRequest) request.body()).data();
        // A move of the start waits for the Raft log's lock.
        return CompletableFuture.supplyAsync(() -> delete(data), readPool).thenCompose(DeleteRecordsHandler::answer);
    }

    private List<Part> delete(DeleteRecordsRequestData data) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        data.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> offsets.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()), partition.offset())));
        List<Part> parts = new ArrayList<>();
        offsets.forEach((partition, offset) -> parts.add(new Part(
                partition,
                deleteBefore(partition, offset)
                        .completeOnTimeout(
                                failed(partition, Errors.REQUEST_TIMED_OUT),
                                Math.max(1, data.timeoutMs()),
                                TimeUnit.MILLISECONDS))));
        return parts;
    }

    private CompletableFuture<DeleteRecordsPartitionResult> deleteBefore(TopicPartition partition, long offset) {
        Optional<Topic> topic = cluster.topic(partition.topic(), Uuid.ZERO_UUID);
        PartitionLookup lookup = cluster.lookup(topic, false, partition.partition(), ClusterState.ANY_EPOCH);
        if (lookup instanceof PartitionLookup.Refused refused) {
            return CompletableFuture.completedFuture(failed(partition, refused.error()));
        }
        if (!topicSettings.isDeleted(topic.orElseThrow())) {
            return CompletableFuture.completedFuture(failed(partition, Errors.POLICY_VIOLATION));
        }
        ReplicatedLog log = ((PartitionLookup.Led) lookup).log();
        long newStart = offset == DeleteRecordsRequest.HIGH_WATERMARK ? log.highWatermark() : offset;
        if (newStart < 0) {
            return CompletableFuture.completedFuture(failed(partition, Errors.OFFSET_OUT_OF_RANGE));
        }
        return log.advanceLogStart(newStart).thenApply(outcome -> result(partition, outcome));
    }

    private static DeleteRecordsPartitionResult result(TopicPartition partition, AdvanceOutcome outcome) {
        return outcome instanceof AdvanceOutcome.Advanced advanced
                ? new DeleteRecordsPartitionResult()
                        .setPartitionIndex(partition.partition())
                        .setLowWatermark(advanced.offset())
                : failed(partition, ErrorMapping.of(outcome));
    }

    private static DeleteRecordsPartitionResult failed(TopicPartition partition, Errors error) {
        return new DeleteRecordsPartitionResult()
                .setPartitionIndex(partition.partition())
                .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK)
                .setErrorCode(error.code());
    }

    private static CompletableFuture<ApiResponse> answer(List<Part> parts) {
        return CompletableFuture.allOf(parts.stream().map(Part::result).toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> {
                    DeleteRecordsResponseData data = new DeleteRecordsResponseData();
                    parts.forEach(part -> topicOf(data, part.partition().topic())
                            .partitions()
                            .add(part.result().join()));
                    return new ApiResponse.Answer(new DeleteRecordsResponse(data));
                });
    }

    private static DeleteRecordsTopicResult topicOf(DeleteRecordsResponseData data, String topic) {
        DeleteRecordsTopicResult found = data.topics().find(topic);
        if (found == null) {
            found = new DeleteRecordsTopicResult().setName(topic);
            data.topics().add(found);
        }
        return found;
    }
}
