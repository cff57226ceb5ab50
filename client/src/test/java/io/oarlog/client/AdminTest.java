package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class AdminTest {
    /** What to do with the next change, after carrying it out or instead. */
    private enum Step {
        DROP_BEFORE,
        DROP_AFTER,
        NOT_CONTROLLER,
        NOT_LEADER,
        TIME_OUT_AFTER
    }

    private final Map<String, Integer> topics = new TreeMap<>();
    private final Queue<Step> steps = new ArrayDeque<>();
    private final ScriptedBroker broker = ScriptedBroker.start(this::answer);
    private final Admin admin = new Admin(AdminSettings.defaults(broker.address()));
    /** Of every partition, which ends at 100. */
    private long logStart;

    private int changes;
    private boolean leaderless;

    @AfterEach
    void stop() {
        admin.close();
        broker.close();
    }

    private synchronized @Nullable ApiMessage answer(ScriptedBroker.Request request) throws IOException {
        return switch (request.api()) {
            case METADATA -> metadata(request.body(MetadataRequestData.class));
            case CREATE_TOPICS -> create(request.body(CreateTopicsRequestData.class));
            case DELETE_RECORDS -> deleteRecords(request.body(DeleteRecordsRequestData.class));
            case DELETE_TOPICS -> delete(request.body(DeleteTopicsRequestData.class));
            default -> throw new IOException("no answer to " + request.api());
        };
    }

    private MetadataResponseData metadata(MetadataRequestData request) {
        MetadataResponseData data = new MetadataResponseData().setClusterId("c").setControllerId(4);
        data.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(4)
                        .setHost("127.0.0.1")
                        .setPort(broker.port()));
        List<String> asked = request.topics() == null
                ? List.copyOf(topics.keySet())
                : request.topics().stream().map(topic -> topic.name()).toList();
        for (String name : asked) {
            MetadataResponseTopic topic =
                    new MetadataResponseTopic().setName(name).setIsInternal(name.startsWith("__"));
            Integer partitions = topics.get(name);
            for (int i = 0; partitions != null && i < partitions; i++) {
                topic.partitions()
                        .add(new MetadataResponsePartition()
                                .setPartitionIndex(i)
                                .setLeaderId(leaderless ? -1 : 4)
                                .setLeaderEpoch(2)
                                .setReplicaNodes(List.of(4))
                                .setIsrNodes(List.of(4)));
            }
            data.topics()
                    .add(topic.setErrorCode(
                            (partitions == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NONE).code()));
        }
        return data;
    }

    private Errors change(Runnable change, Errors refusal) throws IOException {
        changes++;
        Step step = steps.poll();
        if (step == Step.DROP_BEFORE) {
            throw new IOException("dropped by the script");
        }
        if (step == Step.NOT_CONTROLLER) {
            return Errors.NOT_CONTROLLER;
        }
        if (step == Step.NOT_LEADER) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        if (refusal == Errors.NONE) {
            change.run();
        }
        if (step == Step.DROP_AFTER) {
            throw new IOException("dropped by the script");
        }
        return step == Step.TIME_OUT_AFTER ? Errors.REQUEST_TIMED_OUT : refusal;
    }

    private CreateTopicsResponseData create(CreateTopicsRequestData request) throws IOException {
        var topic = request.topics().iterator().next();
        Errors refusal = topics.containsKey(topic.name())
                ? Errors.TOPIC_ALREADY_EXISTS
                : topic.numPartitions() == 0 ? Errors.INVALID_PARTITIONS : Errors.NONE;
        Errors error = change(() -> topics.put(topic.name(), Math.max(1, topic.numPartitions())), refusal);
        CreateTopicsResponseData data = new CreateTopicsResponseData();
        data.topics()
                .add(new CreatableTopicResult()
                        .setName(topic.name())
                        .setErrorCode(error.code())
                        .setErrorMessage("because"));
        return data;
    }

    private DeleteTopicsResponseData delete(DeleteTopicsRequestData request) throws IOException {
        String name = request.topics().get(0).name();
        Errors refusal = topics.containsKey(name) ? Errors.NONE : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        Errors error = change(() -> topics.remove(name), refusal);
        DeleteTopicsResponseData data = new DeleteTopicsResponseData();
        data.responses().add(new DeletableTopicResult().setName(name).setErrorCode(error.code()));
        return data;
    }

    private DeleteRecordsResponseData deleteRecords(DeleteRecordsRequestData request) throws IOException {
        var topic = request.topics().get(0);
        var partition = topic.partitions().get(0);
        Errors refusal = partition.partitionIndex() >= topics.getOrDefault(topic.name(), 0)
                ? Errors.UNKNOWN_TOPIC_OR_PARTITION
                : partition.offset() > 100 ? Errors.OFFSET_OUT_OF_RANGE : Errors.NONE;
        Errors error = change(() -> logStart = Math.max(logStart, partition.offset()), refusal);
        DeleteRecordsTopicResult result = new DeleteRecordsTopicResult().setName(topic.name());
        result.partitions()
                .add(new DeleteRecordsPartitionResult()
                        .setPartitionIndex(partition.partitionIndex())
                        .setErrorCode(error.code())
                        .setLowWatermark(error == Errors.NONE ? logStart : -1));
        DeleteRecordsResponseData data = new DeleteRecordsResponseData();
        data.topics().add(result);
        return data;
    }

    @Test
    void shouldDeleteRecordsAndAskAgainUntilTheLeaderHasDoneIt() {
        // given
        topics.put("orders", 2);
        steps.addAll(List.of(Step.NOT_LEADER, Step.DROP_AFTER, Step.TIME_OUT_AFTER));

        // when
        long first = admin.deleteRecords(new TopicPartition("orders", 1), 40);

        // then
        assertThat(first).isEqualTo(40);
        assertThat(changes).isEqualTo(4);
        assertThat(admin.deleteRecords(new TopicPartition("orders", 1), 7)).isEqualTo(40);
    }

    @Test
    void shouldNotDeleteRecordsThatAreNotThere() {
        topics.put("orders", 1);
        assertThatThrownBy(() -> admin.deleteRecords(new TopicPartition("orders", 0), 101))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> admin.deleteRecords(new TopicPartition("orders", 1), 1))
                .isInstanceOf(UnknownTopicException.class)
                .hasMessageContaining("orders-1");
        assertThatThrownBy(() -> admin.deleteRecords(new TopicPartition("orders", 0), -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(logStart).isZero();
    }

    @Test
    void shouldCreateListDescribeAndDelete() {
        // when
        admin.createTopic("orders", 2, (short) 1, Map.of("max.message.bytes", "5000"));
        topics.put("__internal", 1);

        // then
        assertThat(admin.listTopics()).containsExactly("orders");
        TopicDescription described = admin.describeTopic("orders");
        assertThat(described.partitions())
                .containsExactly(
                        new PartitionDescription(0, 4, 2, List.of(4), List.of(4)),
                        new PartitionDescription(1, 4, 2, List.of(4), List.of(4)));
        assertThat(admin.describeCluster())
                .isEqualTo(new ClusterDescription(
                        "c", 4, List.of(new BrokerDescription(4, "127.0.0.1", broker.port(), null))));
        admin.deleteTopic("orders");
        assertThat(admin.listTopics()).isEmpty();
    }

    @Test
    void shouldSayThatATopicExistsWhenItDid() {
        // given
        topics.put("orders", 1);
        steps.add(Step.NOT_CONTROLLER);

        // when, then
        assertThatThrownBy(() -> admin.createTopic("orders", 1, (short) 1, Map.of()))
                .isInstanceOf(TopicExistsException.class);
    }

    @Test
    void shouldNotSayThatATopicExistsWhenTheAnswerToItsCreationWasLost() {
        // given
        steps.addAll(List.of(Step.DROP_BEFORE, Step.DROP_AFTER));

        // when
        admin.createTopic("orders", 3, (short) 1, Map.of());

        // then
        assertThat(topics).containsExactly(Map.entry("orders", 3));
        assertThat(changes).isEqualTo(3);
    }

    @Test
    void shouldNotSayThatATopicExistsWhenItsCreationTimedOut() {
        steps.add(Step.TIME_OUT_AFTER);
        admin.createTopic("orders", -1, (short) -1, Map.of());
        assertThat(topics).containsKey("orders");
    }

    @Test
    void shouldSayThatATopicExistsWhenItIsNotAsAskedAfterALostAnswer() {
        // given
        topics.put("orders", 1);
        steps.add(Step.DROP_AFTER);

        // when, then
        assertThatThrownBy(() -> admin.createTopic("orders", 5, (short) 1, Map.of()))
                .isInstanceOf(TopicExistsException.class);
    }

    @Test
    void shouldPassOnTheBrokersReasonWhenItRefuses() {
        assertThatThrownBy(() -> admin.createTopic("orders", 0, (short) 1, Map.of()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("because");
    }

    @Test
    void shouldDeleteOnceWhenTheAnswerWasLost() {
        // given
        topics.put("orders", 1);
        steps.add(Step.DROP_AFTER);

        // when
        admin.deleteTopic("orders");

        // then
        assertThat(topics).isEmpty();
    }

    @Test
    void shouldSayUnknownWhenThereIsNoTopic() {
        assertThatThrownBy(() -> admin.deleteTopic("none")).isInstanceOf(UnknownTopicException.class);
        assertThatThrownBy(() -> admin.describeTopic("none")).isInstanceOf(UnknownTopicException.class);
    }

    @Test
    void shouldDescribeATopicWithoutLeader() {
        topics.put("orders", 1);
        leaderless = true;
        assertThat(admin.describeTopic("orders").partitions().get(0).hasLeader())
                .isFalse();
    }

    @Test
    void shouldGiveUpInTimeWhenNobodyIsThere() {
        // given
        broker.close();
        AdminSettings impatient = AdminSettings.defaults(broker.address()).withOperationTimeout(Duration.ofMillis(300));
        try (Admin alone = new Admin(impatient)) {
            assertThatThrownBy(alone::describeCluster).isInstanceOf(BrokerUnavailableException.class);
            assertThatThrownBy(() -> alone.createTopic("t", 1, (short) 1, Map.of()))
                    .isInstanceOf(BrokerUnavailableException.class);
        }
    }

    @Test
    void shouldAskAnotherBrokerWhenOneHangs() {
        // given
        topics.put("orders", 1);
        try (ScriptedBroker hung = ScriptedBroker.start(request -> null)) {
            AdminSettings settings = AdminSettings.defaults(hung.address() + "," + broker.address())
                    .withOperationTimeout(Duration.ofSeconds(5));
            for (int i = 0; i < 4; i++) {
                try (Admin other = new Admin(settings)) {
                    assertThat(other.listTopics()).containsExactly("orders");
                }
            }
        }
    }

    @Test
    void shouldRefuseUseWhenClosed() {
        admin.close();
        assertThatThrownBy(admin::listTopics).isInstanceOf(IllegalStateException.class);
    }
}
