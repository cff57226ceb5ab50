package io.oarlog.server.api;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.Clock;
import io.oarlog.log.InvalidBatchException;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.RecordKeys;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.AppendOutcome;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;

/**
 * Produce: checks each batch once and hands it to its partition; answers when all partitions have. Thread-safe.
 *
 * <p>{@code acks=1} is answered like {@code acks=all}: Raft has no weaker acknowledgement by a leader. {@code acks=0} gets no
 * answer; a failure closes its connection, as there is no other way to tell it.
 */
final class ProduceHandler implements ApiHandler {
    private static final short NO_ACKS = 0;
    private static final Set<Short> KNOWN_ACKS = Set.of((short) -1, NO_ACKS, (short) 1);
    private static final long NO_OFFSET = -1;
    private static final long NO_TIMESTAMP = -1;
    /** KIP-951; before it the codec refuses to encode a leader. */
    private static final short FIRST_VERSION_WITH_LEADERS = 10;

    /** One partition of the request and what became of it. */
    private record Part(TopicProduceData topic, CompletableFuture<PartitionProduceResponse> response) {}

    private final ClusterState cluster;
    private final TopicSettings topicSettings;
    private final Clock clock;

    ProduceHandler(ClusterState cluster, TopicSettings topicSettings, Clock clock) {
        this.cluster = cluster;
        this.topicSettings = topicSettings;
        this.clock = clock;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        ProduceRequestData data = ((ProduceRequest) request.body()).data();
        List<Part> parts = new ArrayList<>();
        for (TopicProduceData topic : data.topicData()) {
            Optional<Topic> known = cluster.topic(topic.name(), topic.topicId());
            for (PartitionProduceData partition : topic.partitionData()) {
                parts.add(new Part(topic, append(data, topic, known, partition)));
            }
        }
        return CompletableFuture.allOf(parts.stream().map(Part::response).toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> answer(data.acks(), parts, request));
    }

    private CompletableFuture<PartitionProduceResponse> append(
            ProduceRequestData request, TopicProduceData topic, Optional<Topic> known, PartitionProduceData partition) {
        int index = partition.index();
        if (!KNOWN_ACKS.contains(request.acks())) {
            return refused(index, new ApiError(Errors.INVALID_REQUIRED_ACKS, "acks=" + request.acks()));
        }
        boolean isById = !Uuid.ZERO_UUID.equals(topic.topicId());
        PartitionLookup lookup = cluster.lookup(known, isById, index, ClusterState.ANY_EPOCH);
        if (lookup instanceof PartitionLookup.Refused refused) {
            return CompletableFuture.completedFuture(
                    withLeader(failed(index, new ApiError(refused.error())), refused.leader()));
        }
        Topic target = known.orElseThrow();
        if (org.apache.kafka.common.internals.Topic.isInternal(target.name())) {
            // Its one writer is the coordinator, which counts on that.
            return refused(
                    index,
                    new ApiError(Errors.INVALID_TOPIC_EXCEPTION, "only the broker itself writes to " + target.name()));
        }
        ReplicatedLog log = ((PartitionLookup.Led) lookup).log();
        ByteBuffer batch = bytes(partition);
        BatchHeader header;
        KeylessRecords keyless;
        try {
            header = take(batch, target);
            keyless = topicSettings.isCompacted(target)
                    ? new KeylessRecords(RecordKeys.missingIn(batch, header))
                    : KeylessRecords.NONE;
        } catch (InvalidBatchException e) {
            return refused(index, new ApiError(ErrorMapping.of(e), e.getMessage()));
        }
        if (keyless.isAny()) {
            return CompletableFuture.completedFuture(keyless(target.name(), index, keyless));
        }
        return log.append(batch, List.of(header))
                .thenApply(outcome -> response(target, index, log, header, outcome))
                .completeOnTimeout(
                        failed(index, new ApiError(Errors.REQUEST_TIMED_OUT, "not committed in time; it may be later")),
                        Math.max(1, request.timeoutMs()),
                        TimeUnit.MILLISECONDS);
    }

    private static ByteBuffer bytes(PartitionProduceData partition) {
        return partition.records() instanceof MemoryRecords records ? records.buffer() : ByteBuffer.allocate(0);
    }

    /** Checks the batch, and gives it the time of its append if the topic wants that. */
    private BatchHeader take(ByteBuffer batch, Topic topic) {
        BatchHeader header = validate(batch, topicSettings.maxMessageBytes(topic));
        return topicSettings.isLogAppendTime(topic)
                ? RecordBatches.setLogAppendTime(batch, batch.position(), clock.currentTimeMillis())
                : header;
    }

    /** As Kafka does since produce version 3: one batch per partition, no more. */
    private static BatchHeader validate(ByteBuffer batches, int maxBytes) {
        List<BatchHeader> headers = RecordBatches.validate(batches, maxBytes);
        if (headers.size() != 1) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.INVALID,
                    "a partition of a produce request holds one batch, not " + headers.size());
        }
        BatchHeader header = headers.get(0);
        if (header.isTransactional()) {
            throw new InvalidBatchException(InvalidBatchException.Reason.INVALID, "transactions are not supported yet");
        }
        if (header.isLogAppendTime()) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.INVALID, "only a broker says that its own time holds");
        }
        return header;
    }

    private PartitionProduceResponse response(
            Topic topic, int index, ReplicatedLog log, BatchHeader header, AppendOutcome outcome) {
        if (outcome instanceof AppendOutcome.Appended appended) {
            // A repetition has the time of the first one, which is not known any more.
            boolean hasTime = header.isLogAppendTime() && !appended.duplicate();
            return new PartitionProduceResponse()
                    .setIndex(index)
                    .setBaseOffset(appended.baseOffset())
                    .setLogAppendTimeMs(hasTime ? header.maxTimestamp() : NO_TIMESTAMP)
                    .setLogStartOffset(log.logStartOffset());
        }
        PartitionProduceResponse failed = failed(index, ErrorMapping.of(outcome));
        return failed.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()
                ? withLeader(failed, cluster.leader(topic, index))
                : failed;
    }

    private static CompletableFuture<PartitionProduceResponse> refused(int index, ApiError error) {
        return CompletableFuture.completedFuture(failed(index, error));
    }

    private static PartitionProduceResponse keyless(String topic, int index, KeylessRecords records) {
        return failed(index, new ApiError(Errors.INVALID_RECORD, records.summary(topic, index)))
                .setRecordErrors(records.errors(topic, index));
    }

    private static PartitionProduceResponse failed(int index, ApiError error) {
        return new PartitionProduceResponse()
                .setIndex(index)
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message())
                .setBaseOffset(NO_OFFSET);
    }

    /** KIP-951: the client need not ask for the leader. */
    private static PartitionProduceResponse withLeader(PartitionProduceResponse failed, PartitionLeader leader) {
        if (leader.nodeId().isPresent()) {
            failed.setCurrentLeader(new LeaderIdAndEpoch()
                    .setLeaderId(leader.nodeId().getAsInt())
                    .setLeaderEpoch(leader.leaderEpoch()));
        }
        return failed;
    }

    private ApiResponse answer(short acks, List<Part> parts, ApiRequest request) {
        ProduceResponseData data = new ProduceResponseData();
        for (Part part : parts) {
            PartitionProduceResponse response = part.response().join();
            if (acks == NO_ACKS && response.errorCode() != Errors.NONE.code()) {
                return new ApiResponse.CloseConnection(
                        "produce with acks=0 failed: " + Errors.forCode(response.errorCode()));
            }
            topicOf(data, part.topic()).partitionResponses().add(response);
            if (request.version() >= FIRST_VERSION_WITH_LEADERS) {
                addEndpoint(data, response.currentLeader().leaderId(), request.path());
            } else {
                response.setCurrentLeader(new LeaderIdAndEpoch());
            }
        }
        return acks == NO_ACKS ? new ApiResponse.NoAnswer() : new ApiResponse.Answer(new ProduceResponse(data));
    }

    private static TopicProduceResponse topicOf(ProduceResponseData data, TopicProduceData topic) {
        TopicProduceResponse found = data.responses().find(topic.name(), topic.topicId());
        if (found == null) {
            found = new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
            data.responses().add(found);
        }
        return found;
    }

    private void addEndpoint(ProduceResponseData data, int leaderId, ClientPath path) {
        if (data.nodeEndpoints().find(leaderId) == null) {
            cluster.node(leaderId, path)
                    .ifPresent(broker -> data.nodeEndpoints()
                            .add(new NodeEndpoint()
                                    .setNodeId(broker.id())
                                    .setHost(broker.host())
                                    .setPort(broker.port())));
        }
    }
}
