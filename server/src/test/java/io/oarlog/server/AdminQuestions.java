package io.oarlog.server;

import static io.oarlog.server.ProtocolVersionsIT.question;

import io.oarlog.server.ProtocolVersionsIT.Question;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What the APIs of administration are asked in {@link ProtocolVersionsIT}, and what is right. Immutable. */
final class AdminQuestions {
    private final String topic;

    AdminQuestions(String topic) {
        this.topic = topic;
    }

    Optional<List<Question>> of(ApiKeys api, short version) {
        return Optional.ofNullable(
                switch (api) {
                    case CREATE_PARTITIONS -> createPartitions();
                    case ALTER_CONFIGS -> alterConfigs();
                    case INCREMENTAL_ALTER_CONFIGS -> incrementalAlterConfigs();
                    case DESCRIBE_LOG_DIRS -> describeLogDirs();
                    case ELECT_LEADERS -> electLeaders(version);
                    case ALTER_PARTITION_REASSIGNMENTS -> alterReassignments();
                    case LIST_PARTITION_REASSIGNMENTS -> listReassignments();
                    case OFFSET_FOR_LEADER_EPOCH -> offsetForLeaderEpoch();
                    case DESCRIBE_PRODUCERS -> describeProducers();
                    case DESCRIBE_QUORUM -> describeQuorum(version);
                    case REMOVE_RAFT_VOTER -> removeRaftVoter();
                    default -> null;
                });
    }

    private List<Question> describeQuorum(short version) {
        return List.of(
                question(
                        describeQuorum("__cluster_metadata"),
                        DescribeQuorumResponseData.class,
                        a -> quorum(a).errorCode() == 0
                                && quorum(a).currentVoters().size() == 3
                                && quorum(a).leaderId() > 0
                                && a.nodes().size() == (version < 2 ? 0 : 3)),
                question(
                        describeQuorum(topic),
                        DescribeQuorumResponseData.class,
                        a -> quorum(a).errorCode() == 0
                                && quorum(a).leaderId() > 0
                                && quorum(a).currentVoters().stream().allMatch(voter -> voter.logEndOffset() >= 0)),
                question(
                        describeQuorum("unknown"),
                        DescribeQuorumResponseData.class,
                        a -> quorum(a).errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
    }

    private static DescribeQuorumRequestData describeQuorum(String log) {
        return new DescribeQuorumRequestData()
                .setTopics(List.of(new DescribeQuorumRequestData.TopicData()
                        .setTopicName(log)
                        .setPartitions(List.of(new DescribeQuorumRequestData.PartitionData()))));
    }

    private static DescribeQuorumResponseData.PartitionData quorum(DescribeQuorumResponseData answer) {
        return answer.topics().get(0).partitions().get(0);
    }

    private static List<Question> removeRaftVoter() {
        return List.of(
                question(
                        new RemoveRaftVoterRequestData().setClusterId(null).setVoterId(9),
                        RemoveRaftVoterResponseData.class,
                        a -> a.errorCode() == Errors.VOTER_NOT_FOUND.code()),
                question(
                        new RemoveRaftVoterRequestData()
                                .setClusterId(null)
                                .setVoterId(1)
                                .setVoterDirectoryId(Uuid.randomUuid()),
                        RemoveRaftVoterResponseData.class,
                        a -> a.errorCode() == Errors.VOTER_NOT_FOUND.code()),
                question(
                        new RemoveRaftVoterRequestData().setVoterId(1).setClusterId("another"),
                        RemoveRaftVoterResponseData.class,
                        a -> a.errorCode() == Errors.INCONSISTENT_CLUSTER_ID.code()));
    }

    private List<Question> createPartitions() {
        return List.of(
                question(createPartitions(topic, 4), CreatePartitionsResponseData.class, a -> error(a) == 0),
                question(
                        createPartitions(topic, 1),
                        CreatePartitionsResponseData.class,
                        a -> error(a) == Errors.INVALID_PARTITIONS.code()),
                question(
                        createPartitions("__consumer_offsets", 100),
                        CreatePartitionsResponseData.class,
                        a -> error(a) == Errors.INVALID_REQUEST.code()),
                question(
                        createPartitions("unknown", 4),
                        CreatePartitionsResponseData.class,
                        a -> error(a) == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
    }

    private static CreatePartitionsRequestData createPartitions(String topic, int count) {
        CreatePartitionsRequestData request =
                new CreatePartitionsRequestData().setTimeoutMs(60_000).setValidateOnly(true);
        request.topics()
                .add(new CreatePartitionsTopic().setName(topic).setCount(count).setAssignments(null));
        return request;
    }

    private static short error(CreatePartitionsResponseData answer) {
        return answer.results().get(0).errorCode();
    }

    private List<Question> alterConfigs() {
        return List.of(
                question(
                        alterConfigs(ConfigResource.Type.TOPIC, topic, "5000"),
                        AlterConfigsResponseData.class,
                        a -> a.responses().get(0).errorCode() == 0),
                question(
                        alterConfigs(ConfigResource.Type.TOPIC, topic, "soon"),
                        AlterConfigsResponseData.class,
                        a -> a.responses().get(0).errorCode() == Errors.INVALID_CONFIG.code()),
                question(
                        alterConfigs(ConfigResource.Type.BROKER, "1", "5000"),
                        AlterConfigsResponseData.class,
                        a -> a.responses().get(0).errorCode() == Errors.INVALID_REQUEST.code()));
    }

    private static AlterConfigsRequestData alterConfigs(ConfigResource.Type type, String name, String retention) {
        var resource = new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(type.id())
                .setResourceName(name);
        resource.configs()
                .add(new AlterConfigsRequestData.AlterableConfig()
                        .setName("retention.ms")
                        .setValue(retention));
        AlterConfigsRequestData request = new AlterConfigsRequestData().setValidateOnly(true);
        request.resources().add(resource);
        return request;
    }

    private List<Question> incrementalAlterConfigs() {
        return List.of(
                question(
                        incremental(topic, "retention.ms", AlterConfigOp.OpType.SET, "5000"),
                        IncrementalAlterConfigsResponseData.class,
                        a -> error(a) == 0),
                question(
                        incremental(topic, "cleanup.policy", AlterConfigOp.OpType.APPEND, "compact"),
                        IncrementalAlterConfigsResponseData.class,
                        a -> error(a) == 0),
                question(
                        incremental(topic, "retention.ms", AlterConfigOp.OpType.APPEND, "5000"),
                        IncrementalAlterConfigsResponseData.class,
                        a -> error(a) == Errors.INVALID_CONFIG.code()),
                question(
                        incremental(topic, "no.such.setting", AlterConfigOp.OpType.SET, "5000"),
                        IncrementalAlterConfigsResponseData.class,
                        a -> error(a) == Errors.INVALID_CONFIG.code()),
                question(
                        incremental("unknown", "retention.ms", AlterConfigOp.OpType.SET, "5000"),
                        IncrementalAlterConfigsResponseData.class,
                        a -> error(a) == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
    }

    private static IncrementalAlterConfigsRequestData incremental(
            String topic, String name, AlterConfigOp.OpType operation, String value) {
        var resource = new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topic);
        resource.configs()
                .add(new IncrementalAlterConfigsRequestData.AlterableConfig()
                        .setName(name)
                        .setConfigOperation(operation.id())
                        .setValue(value));
        IncrementalAlterConfigsRequestData request = new IncrementalAlterConfigsRequestData().setValidateOnly(true);
        request.resources().add(resource);
        return request;
    }

    private static short error(IncrementalAlterConfigsResponseData answer) {
        return answer.responses().get(0).errorCode();
    }

    private List<Question> describeLogDirs() {
        DescribeLogDirsRequestData one = new DescribeLogDirsRequestData();
        one.topics()
                .add(new DescribeLogDirsRequestData.DescribableLogDirTopic()
                        .setTopic(topic)
                        .setPartitions(List.of(0)));
        return List.of(
                question(
                        new DescribeLogDirsRequestData().setTopics(null),
                        DescribeLogDirsResponseData.class,
                        a -> !a.results().get(0).topics().isEmpty()),
                question(
                        one,
                        DescribeLogDirsResponseData.class,
                        a -> a.results().get(0).topics().size() == 1));
    }

    private List<Question> alterReassignments() {
        return List.of(
                question(
                        alterReassignments(topic, 0, null),
                        AlterPartitionReassignmentsResponseData.class,
                        a -> error(a) == Errors.NO_REASSIGNMENT_IN_PROGRESS.code()),
                question(
                        alterReassignments(topic, 0, List.of(1, 2, 99)),
                        AlterPartitionReassignmentsResponseData.class,
                        a -> error(a) == Errors.INVALID_REPLICA_ASSIGNMENT.code()),
                question(
                        alterReassignments(topic, 7, List.of(1, 2, 3)),
                        AlterPartitionReassignmentsResponseData.class,
                        a -> error(a) == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
    }

    private static AlterPartitionReassignmentsRequestData alterReassignments(
            String topic, int partition, @Nullable List<Integer> replicas) {
        AlterPartitionReassignmentsRequestData request = new AlterPartitionReassignmentsRequestData();
        request.topics()
                .add(new ReassignableTopic()
                        .setName(topic)
                        .setPartitions(List.of(new ReassignablePartition()
                                .setPartitionIndex(partition)
                                .setReplicas(replicas))));
        return request;
    }

    private static short error(AlterPartitionReassignmentsResponseData answer) {
        return answer.responses().get(0).partitions().get(0).errorCode();
    }

    private List<Question> listReassignments() {
        return List.of(
                question(
                        new ListPartitionReassignmentsRequestData().setTopics(null),
                        ListPartitionReassignmentsResponseData.class,
                        a -> a.errorCode() == 0 && a.topics().isEmpty()),
                question(
                        new ListPartitionReassignmentsRequestData()
                                .setTopics(List.of(new ListPartitionReassignmentsTopics()
                                        .setName(topic)
                                        .setPartitionIndexes(List.of(0)))),
                        ListPartitionReassignmentsResponseData.class,
                        a -> a.errorCode() == 0 && a.topics().isEmpty()));
    }

    private List<Question> electLeaders(short version) {
        return List.of(
                question(
                        electLeaders(topic, 0),
                        ElectLeadersResponseData.class,
                        a -> error(a) == Errors.ELECTION_NOT_NEEDED.code() || error(a) == 0),
                question(
                        electLeaders(topic, 7),
                        ElectLeadersResponseData.class,
                        a -> error(a) == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()),
                question(
                        electLeaders(topic, 0).setElectionType((byte) (version > 0 ? 1 : 0)),
                        ElectLeadersResponseData.class,
                        a -> error(a) == Errors.ELECTION_NOT_NEEDED.code()));
    }

    private static ElectLeadersRequestData electLeaders(String topic, int partition) {
        ElectLeadersRequestData request = new ElectLeadersRequestData().setTimeoutMs(60_000);
        request.topicPartitions()
                .add(new ElectLeadersRequestData.TopicPartitions()
                        .setTopic(topic)
                        .setPartitions(List.of(partition)));
        return request;
    }

    private static short error(ElectLeadersResponseData answer) {
        return answer.replicaElectionResults().get(0).partitionResult().get(0).errorCode();
    }

    private List<Question> offsetForLeaderEpoch() {
        return List.of(
                question(
                        endOfEpoch(topic, 0),
                        OffsetForLeaderEpochResponseData.class,
                        a -> end(a).errorCode() == 0 && end(a).endOffset() >= 0),
                question(
                        endOfEpoch(topic, 1_000),
                        OffsetForLeaderEpochResponseData.class,
                        a -> end(a).errorCode() == 0 && end(a).endOffset() == -1 && end(a).leaderEpoch() == -1),
                question(
                        endOfEpoch("unknown", 0),
                        OffsetForLeaderEpochResponseData.class,
                        a -> end(a).errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
    }

    private static OffsetForLeaderEpochRequestData endOfEpoch(String topic, int leaderEpoch) {
        OffsetForLeaderEpochRequestData request = new OffsetForLeaderEpochRequestData().setReplicaId(-1);
        request.topics()
                .add(new OffsetForLeaderTopic()
                        .setTopic(topic)
                        .setPartitions(List.of(new OffsetForLeaderPartition()
                                .setPartition(0)
                                .setCurrentLeaderEpoch(-1)
                                .setLeaderEpoch(leaderEpoch))));
        return request;
    }

    private static OffsetForLeaderEpochResponseData.EpochEndOffset end(OffsetForLeaderEpochResponseData answer) {
        return answer.topics().iterator().next().partitions().get(0);
    }

    private List<Question> describeProducers() {
        return List.of(
                question(
                        describeProducers(topic, 0),
                        DescribeProducersResponseData.class,
                        a -> a.topics().get(0).partitions().get(0).errorCode() == 0),
                question(
                        describeProducers(topic, 7),
                        DescribeProducersResponseData.class,
                        a -> a.topics().get(0).partitions().get(0).errorCode()
                                == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
    }

    private static DescribeProducersRequestData describeProducers(String topic, int partition) {
        DescribeProducersRequestData request = new DescribeProducersRequestData();
        request.topics()
                .add(new DescribeProducersRequestData.TopicRequest()
                        .setName(topic)
                        .setPartitionIndexes(List.of(partition)));
        return request;
    }
}
