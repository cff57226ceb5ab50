package io.oarlog.server;

import io.oarlog.server.ProtocolVersionsIT.Question;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.utils.Utils;

/** What the APIs of consumer groups are asked in {@link ProtocolVersionsIT}, and what is right. Immutable. */
final class GroupQuestions {
    /** That there is never a member of. */
    static final String GROUP = "g";

    private static final String ABSENT = "nobody";
    private static final String COMMITTING_GROUP = besides("commits-");

    private static final int OFFSETS_PARTITIONS = 8;
    private static final short FIRST_BATCHED_FIND_COORDINATOR = 4;
    private static final short FIRST_LEAVE_BY_MEMBERS = 3;
    private static final short FIRST_FETCH_BY_GROUPS = 8;
    private static final short FIRST_OFFSETS_BY_TOPIC_IDS = 10;
    private static final short FIRST_DESCRIBE_THAT_FINDS_NOTHING = 6;
    private static final Set<ApiKeys> APIS = Set.of(
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.JOIN_GROUP,
            ApiKeys.SYNC_GROUP,
            ApiKeys.HEARTBEAT,
            ApiKeys.LEAVE_GROUP,
            ApiKeys.OFFSET_COMMIT,
            ApiKeys.OFFSET_FETCH,
            ApiKeys.OFFSET_DELETE,
            ApiKeys.LIST_GROUPS,
            ApiKeys.DESCRIBE_GROUPS,
            ApiKeys.DELETE_GROUPS,
            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
            ApiKeys.CONSUMER_GROUP_DESCRIBE);

    private final String topic;
    private final Uuid topicId;
    private final int coordinator;

    /** @param coordinator node that the group is kept on */
    GroupQuestions(String topic, Uuid topicId, int coordinator) {
        this.topic = topic;
        this.topicId = topicId;
        this.coordinator = coordinator;
    }

    /** Another group that is kept in the same partition. */
    static String besides(String prefix) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> prefix + i)
                .filter(name -> partitionOf(name) == partitionOf(GROUP))
                .findFirst()
                .orElseThrow();
    }

    private static int partitionOf(String group) {
        return Utils.abs(group.hashCode()) % OFFSETS_PARTITIONS;
    }

    static boolean areFor(ApiKeys api) {
        return APIS.contains(api);
    }

    /** For the coordinator; empty for an API that is not about groups. */
    Optional<List<Question>> of(ApiKeys api, short version) {
        return switch (api) {
            case FIND_COORDINATOR -> Optional.of(findCoordinator(version));
            case JOIN_GROUP ->
                Optional.of(
                        List.of(join("", "", Errors.INVALID_GROUP_ID), join(GROUP, ABSENT, Errors.UNKNOWN_MEMBER_ID)));
            case LEAVE_GROUP -> Optional.of(List.of(leave(version, Errors.UNKNOWN_MEMBER_ID)));
            case OFFSET_COMMIT ->
                Optional.of(List.of(
                        commit(version, topicId, 0, Errors.NONE),
                        commit(version, topicId, 7, Errors.UNKNOWN_TOPIC_OR_PARTITION),
                        commit(
                                version,
                                Uuid.randomUuid(),
                                0,
                                version >= FIRST_OFFSETS_BY_TOPIC_IDS ? Errors.UNKNOWN_TOPIC_ID : Errors.NONE)));
            case OFFSET_FETCH -> Optional.of(List.of(fetch(version, Errors.NONE)));
            case OFFSET_DELETE -> Optional.of(List.of(deleteOffsets(Errors.GROUP_ID_NOT_FOUND)));
            case LIST_GROUPS ->
                Optional.of(List.of(ProtocolVersionsIT.question(
                        new ListGroupsRequestData(), ListGroupsResponseData.class, a -> a.errorCode() == 0)));
            case DESCRIBE_GROUPS ->
                Optional.of(List.of(describe(
                        version >= FIRST_DESCRIBE_THAT_FINDS_NOTHING ? Errors.GROUP_ID_NOT_FOUND : Errors.NONE)));
            case DELETE_GROUPS -> Optional.of(List.of(delete(Errors.GROUP_ID_NOT_FOUND)));
            case CONSUMER_GROUP_HEARTBEAT ->
                Optional.of(List.of(
                        consumerHeartbeat("", Errors.INVALID_REQUEST),
                        consumerHeartbeat(ABSENT, Errors.GROUP_ID_NOT_FOUND)));
            case CONSUMER_GROUP_DESCRIBE -> Optional.of(List.of(consumerDescribe(Errors.GROUP_ID_NOT_FOUND)));
            case SYNC_GROUP -> Optional.of(List.of(sync(version, Errors.UNKNOWN_MEMBER_ID)));
            case HEARTBEAT -> Optional.of(List.of(heartbeat(Errors.UNKNOWN_MEMBER_ID)));
            default -> Optional.empty();
        };
    }

    /** For another node than the coordinator; empty for what every node answers. */
    Optional<Question> elsewhere(ApiKeys api, short version) {
        Errors error = Errors.NOT_COORDINATOR;
        return switch (api) {
            case JOIN_GROUP -> Optional.of(join(GROUP, ABSENT, error));
            case SYNC_GROUP -> Optional.of(sync(version, error));
            case HEARTBEAT -> Optional.of(heartbeat(error));
            case LEAVE_GROUP -> Optional.of(leave(version, error));
            case OFFSET_COMMIT -> Optional.of(commit(version, topicId, 0, error));
            case OFFSET_FETCH -> Optional.of(fetch(version, error));
            case OFFSET_DELETE -> Optional.of(deleteOffsets(error));
            case DESCRIBE_GROUPS -> Optional.of(describe(error));
            case DELETE_GROUPS -> Optional.of(delete(error));
            case CONSUMER_GROUP_DESCRIBE -> Optional.of(consumerDescribe(error));
            default -> Optional.empty();
        };
    }

    private List<Question> findCoordinator(short version) {
        boolean isBatched = version >= FIRST_BATCHED_FIND_COORDINATOR;
        FindCoordinatorRequestData group = isBatched
                ? new FindCoordinatorRequestData().setCoordinatorKeys(List.of(GROUP, GROUP))
                : new FindCoordinatorRequestData().setKey(GROUP);
        Question found = ProtocolVersionsIT.question(
                group,
                FindCoordinatorResponseData.class,
                a -> isBatched
                        ? a.coordinators().size() == 2
                                && a.coordinators().get(1).nodeId() == coordinator
                        : a.nodeId() == coordinator && a.port() > 0);
        if (version == 0) {
            return List.of(found);
        }
        return List.of(
                found,
                ProtocolVersionsIT.question(
                        group.duplicate().setKeyType(CoordinatorType.TRANSACTION.id()),
                        FindCoordinatorResponseData.class,
                        a -> (isBatched ? a.coordinators().get(0).errorCode() : a.errorCode())
                                == Errors.INVALID_REQUEST.code()));
    }

    private static Question join(String group, String member, Errors error) {
        JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[0]));
        return expect(
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(member)
                        .setSessionTimeoutMs(10_000)
                        .setProtocolType("consumer")
                        .setProtocols(protocols),
                JoinGroupResponseData.class,
                JoinGroupResponseData::errorCode,
                error);
    }

    private static Question sync(short version, Errors error) {
        SyncGroupRequestData request =
                new SyncGroupRequestData().setGroupId(GROUP).setMemberId(ABSENT).setGenerationId(1);
        return expect(
                version < 5 ? request : request.setProtocolType("consumer").setProtocolName("range"),
                SyncGroupResponseData.class,
                SyncGroupResponseData::errorCode,
                error);
    }

    private static Question heartbeat(Errors error) {
        return expect(
                new HeartbeatRequestData().setGroupId(GROUP).setMemberId(ABSENT).setGenerationId(1),
                HeartbeatResponseData.class,
                HeartbeatResponseData::errorCode,
                error);
    }

    private static Question leave(short version, Errors error) {
        boolean isByMembers = version >= FIRST_LEAVE_BY_MEMBERS;
        LeaveGroupRequestData request = new LeaveGroupRequestData().setGroupId(GROUP);
        return expect(
                isByMembers
                        ? request.setMembers(List.of(new MemberIdentity().setMemberId(ABSENT)))
                        : request.setMemberId(ABSENT),
                LeaveGroupResponseData.class,
                a -> isByMembers && error == Errors.UNKNOWN_MEMBER_ID
                        ? a.members().get(0).errorCode()
                        : a.errorCode(),
                error);
    }

    private Question commit(short version, Uuid id, int partition, Errors error) {
        boolean isById = version >= FIRST_OFFSETS_BY_TOPIC_IDS;
        OffsetCommitRequestTopic committed = new OffsetCommitRequestTopic()
                .setName(isById ? "" : topic)
                .setTopicId(isById ? id : Uuid.ZERO_UUID)
                .setPartitions(List.of(new OffsetCommitRequestPartition()
                        .setPartitionIndex(partition)
                        .setCommittedOffset(5)));
        return expect(
                new OffsetCommitRequestData().setGroupId(COMMITTING_GROUP).setTopics(List.of(committed)),
                OffsetCommitResponseData.class,
                a -> a.topics().get(0).partitions().get(0).errorCode(),
                error);
    }

    private Question fetch(short version, Errors error) {
        if (version < FIRST_FETCH_BY_GROUPS) {
            return ProtocolVersionsIT.question(
                    new OffsetFetchRequestData()
                            .setGroupId(GROUP)
                            .setTopics(List.of(
                                    new OffsetFetchRequestTopic().setName(topic).setPartitionIndexes(List.of(0)))),
                    OffsetFetchResponseData.class,
                    // Version 1 has no place for an error of the whole.
                    a -> error == Errors.NONE
                            ? a.topics().get(0).partitions().get(0).committedOffset() == -1
                            : a.errorCode() == error.code()
                                    || a.topics().get(0).partitions().get(0).errorCode() == error.code());
        }
        boolean isById = version >= FIRST_OFFSETS_BY_TOPIC_IDS;
        OffsetFetchRequestTopics asked = new OffsetFetchRequestTopics()
                .setName(isById ? "" : topic)
                .setTopicId(isById ? topicId : Uuid.ZERO_UUID)
                .setPartitionIndexes(List.of(0));
        return ProtocolVersionsIT.question(
                new OffsetFetchRequestData()
                        .setGroups(List.of(new OffsetFetchRequestGroup()
                                .setGroupId(GROUP)
                                .setMemberId(null)
                                .setTopics(List.of(asked)))),
                OffsetFetchResponseData.class,
                a -> a.groups().get(0).errorCode() == error.code()
                        && (error != Errors.NONE
                                || a.groups()
                                                .get(0)
                                                .topics()
                                                .get(0)
                                                .partitions()
                                                .get(0)
                                                .committedOffset()
                                        == -1));
    }

    private static Question deleteOffsets(Errors error) {
        return expect(
                new OffsetDeleteRequestData().setGroupId(GROUP),
                OffsetDeleteResponseData.class,
                OffsetDeleteResponseData::errorCode,
                error);
    }

    private static Question describe(Errors error) {
        return expect(
                new DescribeGroupsRequestData().setGroups(List.of(GROUP)),
                DescribeGroupsResponseData.class,
                a -> a.groups().get(0).errorCode(),
                error);
    }

    private static Question delete(Errors error) {
        return expect(
                new DeleteGroupsRequestData().setGroupsNames(List.of(GROUP)),
                DeleteGroupsResponseData.class,
                a -> a.results().iterator().next().errorCode(),
                error);
    }

    private static Question consumerHeartbeat(String group, Errors error) {
        return expect(
                new ConsumerGroupHeartbeatRequestData()
                        .setGroupId(group.isEmpty() ? group : GROUP)
                        .setMemberId(ABSENT)
                        .setMemberEpoch(1),
                ConsumerGroupHeartbeatResponseData.class,
                ConsumerGroupHeartbeatResponseData::errorCode,
                error);
    }

    private static Question consumerDescribe(Errors error) {
        return expect(
                new ConsumerGroupDescribeRequestData().setGroupIds(List.of(GROUP)),
                ConsumerGroupDescribeResponseData.class,
                a -> a.groups().get(0).errorCode(),
                error);
    }

    private interface ErrorOf<T> {
        short code(T answer);
    }

    private static <T extends ApiMessage> Question expect(
            ApiMessage request, Class<T> type, ErrorOf<T> errorOf, Errors error) {
        Predicate<T> isExpected = answer -> errorOf.code(answer) == error.code();
        return ProtocolVersionsIT.question(request, type, isExpected);
    }
}
