package io.oarlog.server.group;

import io.oarlog.metadata.Topic;
import io.oarlog.server.api.ClusterState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.coordinator.group.GroupCoordinator;

/** OffsetCommit: what names a partition that does not exist is answered here, the rest by the coordinator. Thread-safe. */
final class OffsetCommits implements CoordinatorHandler.Call {
    private final ClusterState cluster;
    private final GroupNaming naming;

    OffsetCommits(ClusterState cluster, GroupNaming naming) {
        this.cluster = cluster;
        this.naming = naming;
    }

    @Override
    public CompletableFuture<? extends AbstractResponse> answer(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        OffsetCommitRequestData data = ((OffsetCommitRequest) body).data();
        boolean isById = OffsetCommitResponse.useTopicIds(context.apiVersion());
        OffsetCommitResponse.Builder response = OffsetCommitResponse.newBuilder(isById);
        List<OffsetCommitRequestTopic> existing = existing(data, isById, response);
        if (existing.isEmpty() && !data.topics().isEmpty()) {
            return CompletableFuture.completedFuture(response.build());
        }
        OffsetCommitRequestData asked = data.duplicate().setTopics(existing);
        return coordinator
                .commitOffsets(context, asked, BufferSupplier.NO_CACHING)
                .thenApply(committed -> {
                    if (hasCommitted(committed)) {
                        naming.onSeen(data.groupId());
                    }
                    return response.merge(committed).build();
                });
    }

    private List<OffsetCommitRequestTopic> existing(
            OffsetCommitRequestData data, boolean isById, OffsetCommitResponse.Builder response) {
        List<OffsetCommitRequestTopic> existing = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : data.topics()) {
            Optional<Topic> known = cluster.topic(isById ? null : topic.name(), topic.topicId());
            if (known.isEmpty()) {
                response.addPartitions(
                        topic.topicId(),
                        topic.name(),
                        topic.partitions(),
                        OffsetCommitRequestPartition::partitionIndex,
                        isById ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
                continue;
            }
            OffsetCommitRequestTopic named = new OffsetCommitRequestTopic()
                    .setName(known.get().name())
                    .setTopicId(ClusterState.kafkaUuid(known.get().id()));
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                if (ClusterState.exists(known.get(), partition.partitionIndex())) {
                    named.partitions().add(partition);
                } else {
                    response.addPartition(
                            topic.topicId(),
                            topic.name(),
                            partition.partitionIndex(),
                            Errors.UNKNOWN_TOPIC_OR_PARTITION);
                }
            }
            if (!named.partitions().isEmpty()) {
                existing.add(named);
            }
        }
        return existing;
    }

    private static boolean hasCommitted(OffsetCommitResponseData committed) {
        return committed.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .anyMatch(partition -> partition.errorCode() == Errors.NONE.code());
    }
}
