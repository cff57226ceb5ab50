package io.oarlog.server.group;

import io.oarlog.metadata.Topic;
import io.oarlog.server.api.ApiHandler;
import io.oarlog.server.api.ApiRequest;
import io.oarlog.server.api.ApiResponse;
import io.oarlog.server.api.ClientPath;
import io.oarlog.server.api.ClusterState;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;

/**
 * FindCoordinator: the leader of the offsets topic's partition that keeps the group. The first one to ask has the topic
 * created. Thread-safe.
 *
 * <p>There are no transactions and no share groups; the answer says so with an error that no client retries.
 */
final class FindCoordinatorHandler implements ApiHandler {
    private static final int NOWHERE = -1;

    private final ClusterState cluster;
    private final OffsetsTopic offsetsTopic;

    FindCoordinatorHandler(ClusterState cluster, OffsetsTopic offsetsTopic) {
        this.cluster = cluster;
        this.offsetsTopic = offsetsTopic;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        FindCoordinatorRequestData data = ((FindCoordinatorRequest) request.body()).data();
        boolean isForGroups = data.keyType() == CoordinatorType.GROUP.id();
        CompletableFuture<Void> ready = !isForGroups || offsetsTopic.topic().isPresent()
                ? CompletableFuture.completedFuture(null)
                : offsetsTopic.create();
        return ready.thenCompose(done -> isForGroups ? leadersSoon(data) : CompletableFuture.completedFuture(null))
                .thenApply(done -> answer(request, data, isForGroups));
    }

    /** Not every client asks again when it is told of none. */
    private CompletableFuture<Void> leadersSoon(FindCoordinatorRequestData data) {
        Optional<Topic> topic = offsetsTopic.topic();
        if (topic.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        List<String> groups = data.coordinatorKeys().isEmpty() ? List.of(data.key()) : data.coordinatorKeys();
        return CompletableFuture.allOf(groups.stream()
                .distinct()
                .map(group -> cluster.leaderSoon(
                        topic.get(), OffsetsTopic.partitionOf(group, topic.get().partitionCount())))
                .toArray(CompletableFuture[]::new));
    }

    private ApiResponse answer(ApiRequest request, FindCoordinatorRequestData data, boolean isForGroups) {
        FindCoordinatorResponseData response = new FindCoordinatorResponseData();
        if (request.version() < FindCoordinatorRequest.MIN_BATCHED_VERSION) {
            Coordinator found = isForGroups ? find(data.key(), request.path()) : refusal(data.key());
            response.setErrorCode(found.errorCode())
                    .setErrorMessage(found.errorMessage())
                    .setNodeId(found.nodeId())
                    .setHost(found.host())
                    .setPort(found.port());
        } else {
            List<Coordinator> found = data.coordinatorKeys().stream()
                    .map(key -> isForGroups ? find(key, request.path()) : refusal(key))
                    .toList();
            response.setCoordinators(found);
        }
        return new ApiResponse.Answer(new FindCoordinatorResponse(response));
    }

    private Coordinator find(String groupId, ClientPath path) {
        Optional<Topic> topic = offsetsTopic.topic();
        OptionalInt leader = topic.isEmpty()
                ? OptionalInt.empty()
                : cluster.leader(
                                topic.get(),
                                OffsetsTopic.partitionOf(groupId, topic.get().partitionCount()))
                        .nodeId();
        Optional<Node> broker = leader.isEmpty() ? Optional.empty() : cluster.node(leader.getAsInt(), path);
        return broker.map(found -> new Coordinator()
                        .setKey(groupId)
                        .setNodeId(found.id())
                        .setHost(found.host())
                        .setPort(found.port())
                        .setErrorMessage(""))
                .orElseGet(() -> nowhere(
                        groupId,
                        Errors.COORDINATOR_NOT_AVAILABLE,
                        leader.isEmpty()
                                ? "no leader is known yet"
                                : "node " + leader.getAsInt() + " has no listener " + path.listener()));
    }

    private static Coordinator refusal(String key) {
        return nowhere(
                key,
                Errors.INVALID_REQUEST,
                "this broker has consumer groups only, no transactions and no share groups");
    }

    private static Coordinator nowhere(String key, Errors error, String message) {
        return new Coordinator()
                .setKey(key)
                .setErrorCode(error.code())
                .setErrorMessage(message)
                .setNodeId(NOWHERE)
                .setHost("")
                .setPort(NOWHERE);
    }
}
