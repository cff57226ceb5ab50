package io.oarlog.server.api;

import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionLeader;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;

/**
 * Metadata: live brokers, topics, and who leads each partition. Thread-safe.
 *
 * <p>Raft has no set of in-sync replicas that acknowledges; replicas that follow closely are named as such. Brokers without a listener of the
 * name by which the client came are left out, and not told as leaders: it could not reach them.
 */
final class MetadataHandler implements ApiHandler {
    private static final int NO_EPOCH = -1;
    /** Before it requests have ids already, but answers no room for a topic without a name. */
    private static final short FIRST_VERSION_BY_ID = 12;

    /** Older clients know no error for a leader without the listener. */
    private static final short FIRST_VERSION_WITH_LISTENERS = 6;

    /**
     * What an answer is made of.
     *
     * @param live brokers
     * @param told ids of those that the client is told
     */
    private record Answerable(Set<Integer> live, Set<Integer> told, short version) {}

    private final ClusterState cluster;
    private final AutoCreation creation;
    private final Executor answers;

    /** @param answers makes those that have waited for a leader */
    MetadataHandler(ClusterState cluster, AutoCreation creation, Executor answers) {
        this.cluster = cluster;
        this.creation = creation;
        this.answers = answers;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        MetadataRequest body = (MetadataRequest) request.body();
        if (request.version() < FIRST_VERSION_BY_ID && asksById(body)) {
            ApiError error = new ApiError(
                    Errors.INVALID_REQUEST, "topics are named by ids from version " + FIRST_VERSION_BY_ID + " on");
            return CompletableFuture.completedFuture(
                    new ApiResponse.Answer(body.getErrorResponse(0, error.exception())));
        }
        return creation.create(unknownNames(body)).thenCompose(failed -> {
            CompletableFuture<Void> known = cluster.leadersSoon(known(body));
            return known.isDone()
                    ? CompletableFuture.completedFuture(answer(request, body, failed))
                    : known.thenApplyAsync(done -> answer(request, body, failed), answers);
        });
    }

    private Stream<Topic> known(MetadataRequest request) {
        return request.isAllTopics()
                ? cluster.metadata().topics().stream()
                : request.data().topics().stream()
                        .distinct()
                        .flatMap(topic -> cluster.topic(topic.name(), topic.topicId()).stream());
    }

    private List<String> unknownNames(MetadataRequest request) {
        if (request.isAllTopics() || !request.allowAutoTopicCreation()) {
            return List.of();
        }
        return request.data().topics().stream()
                .map(MetadataRequestTopic::name)
                .filter(name ->
                        name != null && cluster.topic(name, Uuid.ZERO_UUID).isEmpty())
                .toList();
    }

    /** @param failed why topics could not be created */
    private ApiResponse answer(ApiRequest request, MetadataRequest body, Map<String, ApiError> failed) {
        Metadata metadata = cluster.metadata();
        MetadataResponseData data = new MetadataResponseData()
                .setClusterId(metadata.clusterId())
                .setControllerId(metadata.controllerId().orElse(MetadataResponse.NO_CONTROLLER_ID));
        List<Node> told = cluster.nodes(request.path());
        for (Node broker : told) {
            data.brokers()
                    .add(new MetadataResponseBroker()
                            .setNodeId(broker.id())
                            .setHost(broker.host())
                            .setPort(broker.port()));
        }
        Answerable answerable =
                new Answerable(liveBrokers(), told.stream().map(Node::id).collect(Collectors.toSet()), body.version());
        if (body.isAllTopics()) {
            metadata.topics().forEach(topic -> data.topics().add(describe(topic, answerable)));
        } else {
            // Once each: a small request must not ask for the same large answer a million times.
            for (MetadataRequestTopic topic : new LinkedHashSet<>(body.data().topics())) {
                Optional<Topic> known = cluster.topic(topic.name(), topic.topicId());
                data.topics().add(known.map(t -> describe(t, answerable)).orElseGet(() -> unknown(topic, failed)));
            }
        }
        return new ApiResponse.Answer(new MetadataResponse(data, body.version()));
    }

    private static boolean asksById(MetadataRequest request) {
        return !request.isAllTopics()
                && request.data().topics().stream()
                        .anyMatch(topic -> topic.name() == null || !Uuid.ZERO_UUID.equals(topic.topicId()));
    }

    private Set<Integer> liveBrokers() {
        return cluster.metadata().brokers().stream().map(BrokerRegistration::id).collect(Collectors.toSet());
    }

    private static MetadataResponseTopic unknown(MetadataRequestTopic topic, Map<String, ApiError> failed) {
        ApiError failure = topic.name() == null ? null : failed.get(topic.name());
        if (failure != null) {
            return new MetadataResponseTopic()
                    .setName(topic.name())
                    .setErrorCode(failure.error().code());
        }
        boolean isById = !Uuid.ZERO_UUID.equals(topic.topicId());
        return new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.topicId())
                .setErrorCode((isById ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION).code());
    }

    private MetadataResponseTopic describe(Topic topic, Answerable answerable) {
        MetadataResponseTopic response = new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(ClusterState.kafkaUuid(topic.id()))
                .setIsInternal(org.apache.kafka.common.internals.Topic.isInternal(topic.name()));
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            response.partitions().add(describe(topic, partition, answerable));
        }
        return response;
    }

    private MetadataResponsePartition describe(Topic topic, int partition, Answerable answerable) {
        PartitionLeader leader = cluster.leader(topic, partition);
        List<Integer> replicas = topic.replicas().get(partition);
        Errors error = leaderError(leader, answerable);
        boolean hasLeader = error == Errors.NONE;
        return new MetadataResponsePartition()
                .setPartitionIndex(partition)
                .setErrorCode(error.code())
                .setLeaderId(hasLeader ? leader.nodeId().orElseThrow() : MetadataResponse.NO_LEADER_ID)
                .setLeaderEpoch(hasLeader ? leader.leaderEpoch() : NO_EPOCH)
                .setReplicaNodes(replicas)
                .setIsrNodes(cluster.inSync(topic, partition))
                .setOfflineReplicas(replicas.stream()
                        .filter(node -> !answerable.live().contains(node))
                        .toList());
    }

    private static Errors leaderError(PartitionLeader leader, Answerable answerable) {
        if (leader.nodeId().isEmpty()) {
            return Errors.LEADER_NOT_AVAILABLE;
        } else if (answerable.told().contains(leader.nodeId().getAsInt())) {
            return Errors.NONE;
        }
        return answerable.version() >= FIRST_VERSION_WITH_LISTENERS
                ? Errors.LISTENER_NOT_FOUND
                : Errors.LEADER_NOT_AVAILABLE;
    }
}
