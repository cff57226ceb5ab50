package io.oarlog.client;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.jspecify.annotations.Nullable;

/**
 * Creates, deletes and describes topics, and deletes records. Thread-safe; each call blocks, for the operation timeout at most, and is tried
 * again within it while brokers cannot be reached or are not ready.
 *
 * <p>All calls throw {@link BrokerUnavailableException} when time is over, and {@link InvalidRequestException} when a
 * broker refuses what is asked.
 */
public final class Admin implements AutoCloseable {
    private static final int UNKNOWN_BROKER = -1;
    /** A broker that is behind may not know a new topic yet: so often must brokers say that they do not. */
    private static final int UNKNOWN_ANSWERS = 6;

    private final AdminSettings settings;
    private final ClientCore core;
    private volatile boolean closed;

    /** Starts the client's thread. Connects to nobody before the first call. */
    public Admin(AdminSettings settings) {
        this(settings, ClientCore.start("oarlog-admin", settings.bootstrap(), settings.requestTimeout()));
    }

    Admin(AdminSettings settings, ClientCore core) {
        this.settings = settings;
        this.core = core;
    }

    private Attempts attempts(String what) {
        if (closed) {
            throw new IllegalStateException("the admin client is closed");
        }
        return new Attempts(core, what, settings.operationTimeout());
    }

    /**
     * Creates a topic. On return it exists; its partitions may be without leader for a moment still.
     *
     * <p>When the answer to an attempt is lost and the next one finds the topic there, it counts as created by this call
     * if it is as was asked.
     *
     * @param partitions -1 for the cluster's default
     * @param replicationFactor -1 for the cluster's default
     * @param configs by Kafka's names
     * @throws TopicExistsException when the topic was there before
     */
    public void createTopic(String name, int partitions, short replicationFactor, Map<String, String> configs) {
        CreatableTopic topic =
                new CreatableTopic().setName(name).setNumPartitions(partitions).setReplicationFactor(replicationFactor);
        configs.forEach((key, value) ->
                topic.configs().add(new CreatableTopicConfig().setName(key).setValue(value)));
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs(brokerTimeoutMillis());
        request.topics().add(topic);
        Attempts attempts = attempts("creating topic '" + name + "'");
        int controller = UNKNOWN_BROKER;
        while (true) {
            var answer = attempts.tell(controller, Api.CREATE_TOPICS, request, CreateTopicsResponseData.class)
                    .map(answered -> answered.topics().find(name));
            WireError error =
                    answer.map(result -> WireError.forCode(result.errorCode())).orElse(WireError.NETWORK_EXCEPTION);
            if (error == WireError.NONE) {
                return;
            }
            if (error == WireError.TOPIC_ALREADY_EXISTS) {
                if (attempts.anyIsUncertain() && isAsAsked(describeTopic(name), partitions, replicationFactor)) {
                    return;
                }
                throw new TopicExistsException("topic '" + name + "' exists");
            }
            controller = prepareRetry(
                    attempts, error, answer.map(result -> result.errorMessage()).orElse(null), answer.isPresent());
        }
    }

    private static boolean isAsAsked(TopicDescription found, int partitions, short replicationFactor) {
        boolean samePartitions = partitions < 0 || found.partitions().size() == partitions;
        return samePartitions
                && found.partitions().stream()
                        .allMatch(p -> replicationFactor < 0 || p.replicas().size() == replicationFactor);
    }

    /**
     * Deletes a topic and its records.
     *
     * @throws UnknownTopicException when there is none
     */
    public void deleteTopic(String name) {
        DeleteTopicsRequestData request = new DeleteTopicsRequestData()
                .setTopics(List.of(new DeleteTopicState().setName(name)))
                .setTimeoutMs(brokerTimeoutMillis());
        Attempts attempts = attempts("deleting topic '" + name + "'");
        int controller = UNKNOWN_BROKER;
        while (true) {
            var answer = attempts.tell(controller, Api.DELETE_TOPICS, request, DeleteTopicsResponseData.class)
                    .map(answered -> answered.responses().find(name));
            WireError error =
                    answer.map(result -> WireError.forCode(result.errorCode())).orElse(WireError.NETWORK_EXCEPTION);
            if (error == WireError.NONE) {
                return;
            }
            if (error == WireError.UNKNOWN_TOPIC_OR_PARTITION) {
                if (attempts.anyIsUncertain()) {
                    return;
                }
                throw new UnknownTopicException("there is no topic '" + name + "'");
            }
            controller = prepareRetry(
                    attempts, error, answer.map(result -> result.errorMessage()).orElse(null), answer.isPresent());
        }
    }

    /**
     * Deletes the records of a partition below an offset. On return a majority of its replicas has forgotten them.
     *
     * @param beforeOffset exclusive; at or below the first offset nothing is deleted
     * @return the first offset that is left
     * @throws UnknownTopicException when several brokers in a row say that there is no such partition
     * @throws InvalidRequestException when the offset lies above the end
     */
    public long deleteRecords(TopicPartition partition, long beforeOffset) {
        if (beforeOffset < 0) {
            throw new IllegalArgumentException("offset " + beforeOffset + " is negative");
        }
        DeleteRecordsRequestData request = new DeleteRecordsRequestData()
                .setTopics(List.of(new DeleteRecordsTopic()
                        .setName(partition.topic())
                        .setPartitions(List.of(new DeleteRecordsPartition()
                                .setPartitionIndex(partition.partition())
                                .setOffset(beforeOffset)))))
                .setTimeoutMs(brokerTimeoutMillis());
        Attempts attempts = attempts("deleting records of " + partition);
        int unknown = 0;
        while (true) {
            Optional<DeleteRecordsPartitionResult> answer = attempts.tell(
                            leader(attempts, partition), Api.DELETE_RECORDS, request, DeleteRecordsResponseData.class)
                    .map(answered -> answered.topics().find(partition.topic()))
                    .map(topic -> topic.partitions().find(partition.partition()));
            WireError error =
                    answer.map(result -> WireError.forCode(result.errorCode())).orElse(WireError.NETWORK_EXCEPTION);
            if (error == WireError.NONE) {
                return answer.orElseThrow().lowWatermark();
            } else if (error != WireError.UNKNOWN_TOPIC_OR_PARTITION) {
                prepareRetry(attempts, error, null, answer.isPresent());
            } else if (++unknown == UNKNOWN_ANSWERS) {
                throw new UnknownTopicException("there is no partition " + partition);
            } else {
                attempts.backOff(error.exception());
            }
        }
    }

    /** Node id of the leader as some broker knows it, or that of nobody. */
    private int leader(Attempts attempts, TopicPartition partition) {
        Optional<MetadataResponseData> answer =
                attempts.ask(Api.METADATA, metadataRequest(List.of(partition.topic())), MetadataResponseData.class);
        answer.ifPresent(this::learn);
        return answer.map(metadata -> metadata.topics().find(partition.topic()))
                .flatMap(topic -> topic.partitions().stream()
                        .filter(p -> p.partitionIndex() == partition.partition())
                        .findFirst())
                .map(MetadataResponsePartition::leaderId)
                .orElse(UNKNOWN_BROKER);
    }

    /** Less than our own patience, so that the broker's word on what it could not finish gets here in time. */
    private int brokerTimeoutMillis() {
        return (int) Math.min(Integer.MAX_VALUE, settings.requestTimeout().toMillis() * 3 / 4);
    }

    /**
     * Waits before the next attempt, if one can help.
     *
     * @return whom to ask then
     */
    private int prepareRetry(Attempts attempts, WireError error, @Nullable String message, boolean answered) {
        switch (error) {
            case NETWORK_EXCEPTION,
                    REQUEST_TIMED_OUT,
                    UNKNOWN_SERVER_ERROR,
                    NOT_LEADER_OR_FOLLOWER,
                    COORDINATOR_NOT_AVAILABLE -> {
                if (answered) {
                    attempts.setUncertain();
                }
            }
            case NOT_CONTROLLER,
                    NOT_COORDINATOR,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    LEADER_NOT_AVAILABLE,
                    BROKER_NOT_AVAILABLE,
                    NOT_ENOUGH_REPLICAS,
                    THROTTLING_QUOTA_EXCEEDED -> {}
            default -> throw new InvalidRequestException(message == null ? error.message() : message);
        }
        attempts.backOff(answered ? error.exception() : null);
        if (error != WireError.NOT_CONTROLLER) {
            return UNKNOWN_BROKER;
        }
        Optional<MetadataResponseData> metadata =
                attempts.ask(Api.METADATA, metadataRequest(List.of()), MetadataResponseData.class);
        metadata.ifPresent(this::learn);
        return metadata.map(MetadataResponseData::controllerId).orElse(UNKNOWN_BROKER);
    }

    private void learn(MetadataResponseData answer) {
        core.loop().execute(() -> core.cluster().learn(answer));
    }

    /** The names of all topics but those that the cluster keeps for itself. */
    public Set<String> listTopics() {
        Set<String> names = new TreeSet<>();
        for (MetadataResponseTopic topic : metadata("listing topics", null).topics()) {
            if (!topic.isInternal() && topic.name() != null) {
                names.add(topic.name());
            }
        }
        return names;
    }

    /**
     * Describes a topic as the broker that happens to answer sees it.
     *
     * @throws UnknownTopicException when several brokers in a row say that there is none
     */
    public TopicDescription describeTopic(String name) {
        Attempts attempts = attempts("describing topic '" + name + "'");
        int unknown = 0;
        while (true) {
            Optional<MetadataResponseTopic> topic = attempts.ask(
                            Api.METADATA, metadataRequest(List.of(name)), MetadataResponseData.class)
                    .map(answer -> answer.topics().find(name));
            WireError error =
                    topic.map(found -> WireError.forCode(found.errorCode())).orElse(WireError.NETWORK_EXCEPTION);
            switch (error) {
                case NONE, LEADER_NOT_AVAILABLE -> {
                    if (topic.isPresent() && !topic.get().partitions().isEmpty()) {
                        return describe(topic.get());
                    }
                }
                case UNKNOWN_TOPIC_OR_PARTITION -> {
                    if (++unknown == UNKNOWN_ANSWERS) {
                        throw new UnknownTopicException("there is no topic '" + name + "'");
                    }
                }
                case INVALID_TOPIC_EXCEPTION, TOPIC_AUTHORIZATION_FAILED, INVALID_REQUEST ->
                    throw new InvalidRequestException("topic '" + name + "' cannot be described: " + error.message());
                default -> {}
            }
            attempts.backOff(topic.isPresent() ? error.exception() : null);
        }
    }

    private static TopicDescription describe(MetadataResponseTopic topic) {
        List<PartitionDescription> partitions = new ArrayList<>();
        topic.partitions()
                .forEach(p -> partitions.add(new PartitionDescription(
                        p.partitionIndex(), p.leaderId(), p.leaderEpoch(), p.replicaNodes(), p.isrNodes())));
        partitions.sort(Comparator.comparingInt(PartitionDescription::partition));
        return new TopicDescription(topic.name(), topic.topicId().toString(), partitions);
    }

    /** The cluster as the broker that happens to answer sees it. */
    public ClusterDescription describeCluster() {
        MetadataResponseData answer = metadata("describing the cluster", List.of());
        List<BrokerDescription> brokers = new ArrayList<>();
        answer.brokers().forEach(b -> brokers.add(new BrokerDescription(b.nodeId(), b.host(), b.port(), b.rack())));
        brokers.sort(Comparator.comparingInt(BrokerDescription::id));
        String clusterId = answer.clusterId();
        return new ClusterDescription(clusterId == null ? "" : clusterId, answer.controllerId(), brokers);
    }

    private MetadataResponseData metadata(String what, @Nullable List<String> topics) {
        Attempts attempts = attempts(what);
        while (true) {
            Optional<MetadataResponseData> answer =
                    attempts.ask(Api.METADATA, metadataRequest(topics), MetadataResponseData.class);
            if (answer.isPresent() && answer.get().errorCode() == WireError.NONE.code()) {
                return answer.get();
            }
            attempts.backOff(null);
        }
    }

    /** @param topics null for all, empty for the brokers only */
    private static MetadataRequestData metadataRequest(@Nullable List<String> topics) {
        MetadataRequestData request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        if (topics == null) {
            return request.setTopics(null);
        }
        List<MetadataRequestTopic> asked = new ArrayList<>();
        topics.forEach(topic -> asked.add(new MetadataRequestTopic().setName(topic)));
        return request.setTopics(asked);
    }

    /** Ends the connections and the thread. Closing again does nothing. */
    @Override
    public void close() {
        closed = true;
        core.close();
    }
}
