package io.oarlog.server.api;

import io.oarlog.log.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.apache.kafka.common.protocol.ApiKeys;

/** Wires one handler per API. */
public final class KafkaApis {
    private KafkaApis() {}

    /**
     * The router of all APIs that a broker serves.
     *
     * @param groups handlers of the APIs of consumer groups
     * @param elections of partitions anywhere in the cluster
     * @param membership of the metadata group
     * @param quorums of partitions anywhere in the cluster
     * @param delayed told of every change of a hosted partition by the caller
     * @param readPool for what reads the disk or may wait for a lock
     * @param clock gives appends their time where a topic asks for that
     */
    public static ApiRouter router(
            ClusterState cluster,
            ApiSettings settings,
            Map<ApiKeys, ApiHandler> groups,
            PreferredElections elections,
            ClusterMembership membership,
            PartitionQuorums quorums,
            DelayedFetches delayed,
            Executor readPool,
            Clock clock) {
        TopicSettings topicSettings = settings.topics();
        Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);
        handlers.put(ApiKeys.PRODUCE, new ProduceHandler(cluster, topicSettings, clock));
        handlers.put(ApiKeys.FETCH, new FetchHandler(cluster, settings, delayed, readPool));
        handlers.put(ApiKeys.LIST_OFFSETS, new ListOffsetsHandler(cluster, readPool));
        handlers.put(
                ApiKeys.METADATA,
                new MetadataHandler(cluster, new AutoCreation(cluster, settings.createsTopics()), readPool));
        handlers.put(
                ApiKeys.CREATE_TOPICS,
                new CreateTopicsHandler(cluster, topicSettings, settings.defaultReplicationFactor()));
        handlers.put(ApiKeys.DELETE_TOPICS, new DeleteTopicsHandler(cluster));
        handlers.put(ApiKeys.DELETE_RECORDS, new DeleteRecordsHandler(cluster, topicSettings, readPool));
        handlers.put(ApiKeys.INIT_PRODUCER_ID, new InitProducerIdHandler(cluster));
        handlers.put(ApiKeys.DESCRIBE_CONFIGS, new DescribeConfigsHandler(cluster, topicSettings, settings));
        ConfigChanges configChanges = new ConfigChanges(cluster, topicSettings);
        handlers.put(ApiKeys.ALTER_CONFIGS, new AlterConfigsHandler(configChanges));
        handlers.put(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS, new IncrementalAlterConfigsHandler(configChanges, topicSettings));
        handlers.put(ApiKeys.CREATE_PARTITIONS, new CreatePartitionsHandler(cluster));
        handlers.put(
                ApiKeys.DESCRIBE_LOG_DIRS, new DescribeLogDirsHandler(cluster, settings.dataDirectory(), readPool));
        handlers.put(ApiKeys.ALTER_PARTITION_REASSIGNMENTS, new AlterPartitionReassignmentsHandler(cluster));
        handlers.put(ApiKeys.LIST_PARTITION_REASSIGNMENTS, new ListPartitionReassignmentsHandler(cluster));
        handlers.put(ApiKeys.ELECT_LEADERS, new ElectLeadersHandler(cluster, elections, quorums));
        handlers.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, new OffsetForLeaderEpochHandler(cluster, readPool));
        handlers.put(ApiKeys.DESCRIBE_PRODUCERS, new DescribeProducersHandler(cluster));
        handlers.put(ApiKeys.DESCRIBE_CLUSTER, new DescribeClusterHandler(cluster));
        handlers.put(ApiKeys.DESCRIBE_QUORUM, new DescribeQuorumHandler(cluster, membership, quorums, clock));
        handlers.put(ApiKeys.REMOVE_RAFT_VOTER, new RemoveRaftVoterHandler(cluster, membership));
        handlers.putAll(groups);
        return new ApiRouter(handlers);
    }
}
