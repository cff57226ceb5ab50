package io.oarlog.server.group;

import io.oarlog.metadata.Topic;
import io.oarlog.server.api.ClusterState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.coordinator.group.GroupCoordinator;

/** OffsetFetch of one group or many; the coordinator knows topics by name, newer clients by id. Thread-safe. */
final class OffsetFetches implements CoordinatorHandler.Call {
    private static final long NO_OFFSET = -1;
    private static final int NO_EPOCH = -1;

    private final ClusterState cluster;

    OffsetFetches(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<? extends AbstractResponse> answer(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        OffsetFetchRequest request = (OffsetFetchRequest) body;
        List<CompletableFuture<OffsetFetchResponseGroup>> groups = request.groups().stream()
                .map(group -> fetch(coordinator, context, group, request.requireStable()))
                .toList();
        return CompletableFuture.allOf(groups.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> new OffsetFetchResponse.Builder(
                                groups.stream().map(CompletableFuture::join).toList())
                        .build(context.apiVersion()));
    }

    private CompletableFuture<OffsetFetchResponseGroup> fetch(
            GroupCoordinator coordinator,
            RequestContext context,
            OffsetFetchRequestGroup group,
            boolean requireStable) {
        if (!OffsetFetchRequest.useTopicIds(context.apiVersion())) {
            return coordinator.fetchOffsets(context, group, requireStable);
        }
        if (OffsetFetchRequest.requestAllOffsets(group)) {
            return coordinator.fetchOffsets(context, group, requireStable).thenApply(this::withIds);
        }
        List<OffsetFetchResponseTopics> unknown = new ArrayList<>();
        OffsetFetchRequestGroup named = group.duplicate().setTopics(new ArrayList<>());
        for (OffsetFetchRequestTopics topic : group.topics()) {
            Optional<Topic> known = cluster.topic(null, topic.topicId());
            if (known.isPresent()) {
                named.topics().add(topic.duplicate().setName(known.get().name()));
            } else {
                unknown.add(unknown(topic));
            }
        }
        return coordinator.fetchOffsets(context, named, requireStable).thenApply(found -> {
            if (found.errorCode() != Errors.NONE.code() || unknown.isEmpty()) {
                return found;
            }
            List<OffsetFetchResponseTopics> topics = new ArrayList<>(found.topics());
            topics.addAll(unknown);
            return found.setTopics(topics);
        });
    }

    /** A topic without an id cannot be said. */
    private OffsetFetchResponseGroup withIds(OffsetFetchResponseGroup group) {
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        for (OffsetFetchResponseTopics topic : group.topics()) {
            Optional<Topic> known = cluster.topic(topic.name(), Uuid.ZERO_UUID);
            if (known.isPresent()) {
                topics.add(topic.setTopicId(ClusterState.kafkaUuid(known.get().id())));
            }
        }
        return group.setTopics(topics);
    }

    private static OffsetFetchResponseTopics unknown(OffsetFetchRequestTopics topic) {
        List<OffsetFetchResponsePartitions> partitions = topic.partitionIndexes().stream()
                .map(partition -> new OffsetFetchResponsePartitions()
                        .setPartitionIndex(partition)
                        .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                        .setCommittedOffset(NO_OFFSET)
                        .setCommittedLeaderEpoch(NO_EPOCH)
                        .setMetadata(""))
                .toList();
        return new OffsetFetchResponseTopics().setTopicId(topic.topicId()).setPartitions(partitions);
    }
}
