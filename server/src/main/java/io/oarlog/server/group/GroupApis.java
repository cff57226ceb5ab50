package io.oarlog.server.group;

import io.oarlog.server.api.ApiHandler;
import io.oarlog.server.api.ApiResponse;
import io.oarlog.server.api.ClusterState;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.coordinator.group.GroupCoordinator;

/** The handlers of the APIs of consumer groups. Thread-safe. */
public final class GroupApis {
    private final CoordinatorHost host;
    private final OffsetsTopic offsetsTopic;
    private final GroupNaming naming;
    private final HeartbeatPace pace = new HeartbeatPace(System::nanoTime);
    private final Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);

    private GroupApis(CoordinatorHost host, OffsetsTopic offsetsTopic, GroupNaming naming) {
        this.host = host;
        this.offsetsTopic = offsetsTopic;
        this.naming = naming;
    }

    /** One handler per API. */
    public static Map<ApiKeys, ApiHandler> handlers(
            ClusterState cluster, CoordinatorHost host, OffsetsTopic offsetsTopic, GroupNaming naming) {
        GroupApis apis = new GroupApis(host, offsetsTopic, naming);
        apis.handlers.put(ApiKeys.FIND_COORDINATOR, new FindCoordinatorHandler(cluster, offsetsTopic));
        apis.handlers.put(ApiKeys.LIST_GROUPS, apis.listGroups());
        apis.add(ApiKeys.JOIN_GROUP, apis::join);
        apis.add(ApiKeys.SYNC_GROUP, GroupApis::sync);
        apis.add(ApiKeys.HEARTBEAT, GroupApis::heartbeat);
        apis.add(ApiKeys.LEAVE_GROUP, GroupApis::leave);
        apis.add(ApiKeys.OFFSET_COMMIT, new OffsetCommits(cluster, naming));
        apis.add(ApiKeys.OFFSET_FETCH, new OffsetFetches(cluster));
        apis.add(ApiKeys.OFFSET_DELETE, new OffsetDeletes(cluster));
        apis.add(ApiKeys.DESCRIBE_GROUPS, GroupApis::describe);
        apis.add(ApiKeys.DELETE_GROUPS, apis::delete);
        apis.add(ApiKeys.CONSUMER_GROUP_HEARTBEAT, apis::consumerHeartbeat);
        apis.add(ApiKeys.CONSUMER_GROUP_DESCRIBE, GroupApis::consumerDescribe);
        return apis.handlers;
    }

    private void add(ApiKeys api, CoordinatorHandler.Call call) {
        handlers.put(api, new CoordinatorHandler(host::coordinator, call));
    }

    private CompletableFuture<? extends AbstractResponse> join(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        JoinGroupRequestData data = ((JoinGroupRequest) body).data();
        return coordinator
                .joinGroup(context, data, BufferSupplier.NO_CACHING)
                .thenApply((JoinGroupResponseData joined) -> {
                    if (joined.errorCode() == Errors.NONE.code()) {
                        naming.onSeen(data.groupId());
                    }
                    return new JoinGroupResponse(joined, context.apiVersion());
                });
    }

    private static CompletableFuture<? extends AbstractResponse> sync(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        SyncGroupRequest request = (SyncGroupRequest) body;
        if (!request.areMandatoryProtocolTypeAndNamePresent()) {
            // KIP-559: from version 5 on a member says which protocol it means.
            throw Errors.INCONSISTENT_GROUP_PROTOCOL.exception();
        }
        return coordinator
                .syncGroup(context, request.data(), BufferSupplier.NO_CACHING)
                .thenApply(SyncGroupResponse::new);
    }

    private static CompletableFuture<? extends AbstractResponse> heartbeat(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        return coordinator.heartbeat(context, ((HeartbeatRequest) body).data()).thenApply(HeartbeatResponse::new);
    }

    private static CompletableFuture<? extends AbstractResponse> leave(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        return coordinator
                .leaveGroup(context, ((LeaveGroupRequest) body).normalizedData())
                .thenApply(left -> new LeaveGroupResponse(left, context.apiVersion()));
    }

    private static CompletableFuture<? extends AbstractResponse> describe(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        return coordinator
                .describeGroups(context, ((DescribeGroupsRequest) body).data().groups())
                .thenApply(groups -> new DescribeGroupsResponse(new DescribeGroupsResponseData().setGroups(groups)));
    }

    private CompletableFuture<? extends AbstractResponse> delete(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        return coordinator
                .deleteGroups(context, ((DeleteGroupsRequest) body).data().groupsNames(), BufferSupplier.NO_CACHING)
                .thenApply(results -> {
                    results.stream()
                            .filter(result -> result.errorCode() == Errors.NONE.code())
                            .forEach(result -> naming.onDeleted(result.groupId()));
                    return new DeleteGroupsResponse(new DeleteGroupsResponseData().setResults(results));
                });
    }

    private CompletableFuture<? extends AbstractResponse> consumerHeartbeat(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        ConsumerGroupHeartbeatRequestData data = ((ConsumerGroupHeartbeatRequest) body).data();
        return coordinator
                .consumerGroupHeartbeat(context, data)
                .thenApply((ConsumerGroupHeartbeatResponseData answered) -> {
                    if (answered.errorCode() == Errors.NONE.code()) {
                        answered.setHeartbeatIntervalMs(pace.nextMillis(data, answered));
                        if (data.memberEpoch() >= 0) {
                            naming.onSeen(data.groupId());
                        }
                    }
                    return new ConsumerGroupHeartbeatResponse(answered);
                });
    }

    private static CompletableFuture<? extends AbstractResponse> consumerDescribe(
            GroupCoordinator coordinator, RequestContext context, AbstractRequest body) {
        return coordinator
                .consumerGroupDescribe(
                        context, ((ConsumerGroupDescribeRequest) body).data().groupIds())
                .thenApply(groups ->
                        new ConsumerGroupDescribeResponse(new ConsumerGroupDescribeResponseData().setGroups(groups)));
    }

    /** Before there was a group the answer is none, not that somebody else would know. */
    private ApiHandler listGroups() {
        ApiHandler asked = new CoordinatorHandler(
                host::coordinator,
                (coordinator, context, body) -> coordinator
                        .listGroups(context, ((ListGroupsRequest) body).data())
                        .thenApply(ListGroupsResponse::new));
        return request -> offsetsTopic.topic().isPresent()
                ? asked.handle(request)
                : CompletableFuture.completedFuture(
                        new ApiResponse.Answer(new ListGroupsResponse(new ListGroupsResponseData())));
    }
}
