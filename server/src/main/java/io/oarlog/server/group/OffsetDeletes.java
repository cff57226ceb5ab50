package io.oarlog.server.group;

import io.oarlog.metadata.Topic;
import io.oarlog.server.api.ClusterState;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.coordinator.group.GroupCoordinator;

/** OffsetDelete: as {@link OffsetCommits} for what does not exist. Thread-safe. */
final class OffsetDeletes implements CoordinatorHandler.Call {
    private final ClusterState cluster;

    OffsetDeletes(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<? extends AbstractResponse> answer(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        OffsetDeleteRequestData data = ((OffsetDeleteRequest) body).data();
        OffsetDeleteResponse.Builder response = new OffsetDeleteResponse.Builder();
        OffsetDeleteRequestTopicCollection existing = new OffsetDeleteRequestTopicCollection();
        for (OffsetDeleteRequestTopic topic : data.topics()) {
            Optional<Topic> known = cluster.topic(topic.name(), Uuid.ZERO_UUID);
            OffsetDeleteRequestTopic kept = new OffsetDeleteRequestTopic().setName(topic.name());
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                if (known.isPresent() && ClusterState.exists(known.get(), partition.partitionIndex())) {
                    kept.partitions().add(partition);
                } else {
                    response.addPartition(topic.name(), partition.partitionIndex(), Errors.UNKNOWN_TOPIC_OR_PARTITION);
                }
            }
            if (!kept.partitions().isEmpty()) {
                existing.add(kept);
            }
        }
        if (existing.isEmpty() && !data.topics().isEmpty()) {
            return CompletableFuture.completedFuture(response.build());
        }
        OffsetDeleteRequestData asked =
                new OffsetDeleteRequestData().setGroupId(data.groupId()).setTopics(existing);
        return coordinator
                .deleteOffsets(context, asked, BufferSupplier.NO_CACHING)
                .thenApply(deleted -> response.merge(deleted).build());
    }
}
