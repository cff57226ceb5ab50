package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every version of every API that is advertised: asked over the wire, good and bad, and read in that version. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ProtocolVersionsIT {
    private static final String TOPIC = "versions";
    private static final short FIRST_PRODUCE_WITH_IDS = 13;
    private static final short FIRST_FETCH_WITH_IDS = 13;
    private static final short FIRST_METADATA_WITH_IDS = 10;
    private static final short FIRST_METADATA_THAT_TAKES_IDS = 12;
    private static final short FIRST_DELETE_WITH_IDS = 6;

    @TempDir
    static Path directory;

    private static LocalCluster cluster;
    private static int leader;
    private static int follower;
    private static int coordinator;
    private static Uuid topicId;
    private static GroupQuestions groupQuestions;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(directory);
        cluster.createTopic(TOPIC, 1);
        leader = cluster.leader(TOPIC, 0);
        follower = leader % 3 + 1;
        try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
            MetadataResponseData metadata = client.ask(
                    ApiKeys.METADATA, (short) 12, metadata(TOPIC, Uuid.ZERO_UUID), MetadataResponseData.class);
            topicId = metadata.topics().iterator().next().topicId();
        }
        awaitTopicEverywhere();
        coordinator = awaitCoordinator();
        groupQuestions = new GroupQuestions(TOPIC, topicId, coordinator);
    }

    private static int awaitCoordinator() {
        return await().atMost(LocalCluster.LIMIT).until(ProtocolVersionsIT::coordinator, node -> node > 0);
    }

    /** That serves already; -1 when there is none yet. */
    private static int coordinator() throws IOException {
        int found;
        try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
            found = client.ask(
                            ApiKeys.FIND_COORDINATOR,
                            (short) 3,
                            new FindCoordinatorRequestData().setKey(GroupQuestions.GROUP),
                            FindCoordinatorResponseData.class)
                    .nodeId();
        }
        if (found < 0) {
            return found;
        }
        try (VersionedClient client = new VersionedClient(cluster.port(found))) {
            short error = client.ask(
                            ApiKeys.DELETE_GROUPS,
                            (short) 2,
                            new DeleteGroupsRequestData().setGroupsNames(List.of(GroupQuestions.GROUP)),
                            DeleteGroupsResponseData.class)
                    .results()
                    .iterator()
                    .next()
                    .errorCode();
            return error == Errors.GROUP_ID_NOT_FOUND.code() ? found : -1;
        }
    }

    private static void awaitTopicEverywhere() {
        for (int node = 1; node <= 3; node++) {
            int asked = node;
            await().atMost(LocalCluster.LIMIT).until(() -> {
                try (VersionedClient client = new VersionedClient(cluster.port(asked))) {
                    MetadataResponseData answer = client.ask(
                            ApiKeys.METADATA, (short) 12, metadata(TOPIC, Uuid.ZERO_UUID), MetadataResponseData.class);
                    return answer.topics().iterator().next().errorCode() == Errors.NONE.code()
                            && answer.topics()
                                            .iterator()
                                            .next()
                                            .partitions()
                                            .get(0)
                                            .leaderId()
                                    == leader;
                }
            });
        }
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    static Stream<Arguments> advertised() throws IOException {
        List<Arguments> all = new ArrayList<>();
        try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
            ApiVersionsResponseData versions =
                    client.ask(ApiKeys.API_VERSIONS, (short) 3, apiVersions(), ApiVersionsResponseData.class);
            for (ApiVersion api : versions.apiKeys()) {
                ApiKeys key = ApiKeys.forId(api.apiKey());
                // Produce is advertised from 0 on for librdkafka's sake; the codec begins at 3.
                int min = Math.max(api.minVersion(), key.oldestVersion());
                IntStream.rangeClosed(min, api.maxVersion())
                        .forEach(version -> all.add(Arguments.of(key, (short) version)));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("advertised")
    void shouldAnswerInEveryVersion(ApiKeys api, short version) throws IOException {
        try (VersionedClient client =
                new VersionedClient(cluster.port(GroupQuestions.areFor(api) ? coordinator : leader))) {
            for (Question question : questions(api, version)) {
                ApiMessage answer = client.ask(api, version, question.request(), ApiMessage.class);
                assertThat(question.isExpected().test(answer))
                        .as("%s answered with %s", question.request(), answer)
                        .isTrue();
            }
        }
    }

    /** A stale leader is what every client meets sooner or later, the old ones as well. */
    @ParameterizedTest
    @MethodSource("advertised")
    void shouldSayInEveryVersionThatAnotherNodeLeads(ApiKeys api, short version) throws IOException {
        try (VersionedClient client = new VersionedClient(cluster.port(follower))) {
            switch (api) {
                case PRODUCE -> {
                    ProduceResponseData answer =
                            client.ask(api, version, produce(version, (short) -1, 0), ProduceResponseData.class);
                    var partition = answer.responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .get(0);
                    assertThat(partition.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
                    if (version >= 10) {
                        assertThat(partition.currentLeader().leaderId()).isEqualTo(leader);
                        assertThat(answer.nodeEndpoints().find(leader).port()).isEqualTo(cluster.port(leader));
                    }
                }
                case FETCH -> {
                    FetchResponseData answer = client.ask(api, version, fetch(version, 0, 0), FetchResponseData.class);
                    var partition = answer.responses().get(0).partitions().get(0);
                    assertThat(partition.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
                    if (version >= 12) {
                        assertThat(partition.currentLeader().leaderId()).isEqualTo(leader);
                    }
                    if (version >= 16) {
                        assertThat(answer.nodeEndpoints().find(leader).port()).isEqualTo(cluster.port(leader));
                    }
                }
                case LIST_OFFSETS -> {
                    ListOffsetsResponseData answer =
                            client.ask(api, version, listOffsets(0, -1), ListOffsetsResponseData.class);
                    assertThat(answer.topics().get(0).partitions().get(0).errorCode())
                            .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
                }
                case DELETE_RECORDS -> {
                    DeleteRecordsResponseData answer =
                            client.ask(api, version, deleteRecords(TOPIC, 0, 0), DeleteRecordsResponseData.class);
                    assertThat(deleted(answer).errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
                }
                default -> {
                    // the others are answered by every node
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("advertised")
    void shouldSayInEveryVersionThatAnotherNodeCoordinates(ApiKeys api, short version) throws IOException {
        Optional<Question> question = groupQuestions.elsewhere(api, version);
        if (question.isPresent()) {
            try (VersionedClient client = new VersionedClient(cluster.port(coordinator % 3 + 1))) {
                ApiMessage answer = client.ask(api, version, question.get().request(), ApiMessage.class);
                assertThat(question.get().isExpected().test(answer))
                        .as("answered with %s", answer)
                        .isTrue();
            }
        }
    }

    @Test
    void shouldAskAMemberToBeHeardOfSoonAgainWhileItsGroupChanges() throws IOException {
        try (VersionedClient client = new VersionedClient(cluster.port(coordinator))) {
            // given
            ConsumerGroupHeartbeatRequestData joins = new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(GroupQuestions.besides("paced-"))
                    .setMemberId(Uuid.randomUuid().toString())
                    .setRebalanceTimeoutMs(10_000)
                    .setSubscribedTopicNames(List.of(TOPIC))
                    .setTopicPartitions(List.of());

            // when
            ConsumerGroupHeartbeatResponseData joined = heartbeat(client, joins);

            // then
            assertThat(joined.errorCode()).isZero();
            assertThat(joined.heartbeatIntervalMs()).isEqualTo(200);
            ConsumerGroupHeartbeatRequestData stays = new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(joins.groupId())
                    .setMemberId(joins.memberId())
                    .setMemberEpoch(joined.memberEpoch());
            await().atMost(LocalCluster.LIMIT).until(() -> {
                ConsumerGroupHeartbeatResponseData answer = heartbeat(client, stays);
                assertThat(answer.errorCode()).isZero();
                stays.setMemberEpoch(answer.memberEpoch());
                return answer.heartbeatIntervalMs() == 1_000;
            });
        }
    }

    private static ConsumerGroupHeartbeatResponseData heartbeat(
            VersionedClient client, ConsumerGroupHeartbeatRequestData request) throws IOException {
        return client.ask(
                ApiKeys.CONSUMER_GROUP_HEARTBEAT, (short) 1, request, ConsumerGroupHeartbeatResponseData.class);
    }

    @Test
    void shouldSayOnlyOnceWhatIsAskedForAThousandTimes() throws IOException {
        try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
            // given
            MetadataRequestData request = new MetadataRequestData().setTopics(new ArrayList<>());
            IntStream.range(0, 1_000).forEach(i -> request.topics().add(new MetadataRequestTopic().setName(TOPIC)));

            // when
            MetadataResponseData answer = client.ask(ApiKeys.METADATA, (short) 12, request, MetadataResponseData.class);

            // then
            assertThat(answer.topics()).hasSize(1);
        }
    }

    @Test
    void shouldRefuseToSearchAPartitionTwiceInOneRequest() throws IOException {
        try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
            // given
            ListOffsetsRequestData request = listOffsets(0, 1L);
            request.topics()
                    .get(0)
                    .partitions()
                    .add(new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(2L));

            // when
            ListOffsetsResponseData answer =
                    client.ask(ApiKeys.LIST_OFFSETS, (short) 6, request, ListOffsetsResponseData.class);

            // then
            assertThat(answer.topics().get(0).partitions())
                    .hasSize(2)
                    .allMatch(p -> p.errorCode() == Errors.INVALID_REQUEST.code());
        }
    }

    @Test
    void shouldSayThatATopicIsNamedTwiceHoweverOften() throws IOException {
        try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
            // given
            CreateTopicsRequestData request = new CreateTopicsRequestData();
            IntStream.range(0, 2_000)
                    .forEach(i -> request.topics()
                            .add(new CreatableTopic()
                                    .setName("twice")
                                    .setNumPartitions(1)
                                    .setReplicationFactor((short) 3)));
            request.topics()
                    .add(new CreatableTopic()
                            .setName("once")
                            .setNumPartitions(1)
                            .setReplicationFactor((short) 3));
            request.setValidateOnly(true);

            // when
            CreateTopicsResponseData answer =
                    client.ask(ApiKeys.CREATE_TOPICS, (short) 7, request, CreateTopicsResponseData.class);

            // then
            assertThat(answer.topics()).hasSize(2);
            assertThat(answer.topics().find("twice").errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
            assertThat(answer.topics().find("once").errorCode()).isEqualTo(Errors.NONE.code());
        }
    }

    @Test
    void shouldAnswerAtOnceWhenMoreIsThereThanMayBeSent() throws IOException {
        // given: batches that do not fill the partition's limit exactly
        try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
            for (int i = 0; i < 4; i++) {
                client.ask(
                        ApiKeys.PRODUCE,
                        (short) 9,
                        produce((short) 9, (short) -1, 0, "x".repeat(40_000)),
                        ApiMessage.class);
            }
            FetchRequestData request = fetch((short) 12, 0, 0)
                    .setMinBytes(100_000)
                    .setMaxWaitMs(Math.toIntExact(LocalCluster.LIMIT.toMillis() * 10));
            request.topics().get(0).partitions().get(0).setPartitionMaxBytes(100_000);

            // when: the client gives up long before the time to wait is over
            FetchResponseData answer = client.ask(ApiKeys.FETCH, (short) 12, request, FetchResponseData.class);

            // then
            var partition = answer.responses().get(0).partitions().get(0);
            assertThat(partition.errorCode()).isEqualTo(Errors.NONE.code());
            assertThat(partition.records().sizeInBytes()).isBetween(1, 100_000);
        }
    }

    @Test
    void shouldForgetAFetchWhoseClientHasGone() throws IOException {
        // given: long polls that would last for weeks
        for (int i = 0; i < 20; i++) {
            try (VersionedClient client = new VersionedClient(cluster.port(leader))) {
                long end = end(client);
                client.send(
                        ApiKeys.FETCH,
                        (short) 12,
                        fetch((short) 12, 0, end).setMinBytes(1).setMaxWaitMs(Integer.MAX_VALUE));
                await().atMost(LocalCluster.LIMIT)
                        .until(() -> cluster.broker(leader).waitingFetches() > 0);
            }
            // then
            await().atMost(LocalCluster.LIMIT)
                    .until(() -> cluster.broker(leader).waitingFetches() == 0);
        }
    }

    @Test
    void shouldRecogniseARepetitionThoughItsTimeIsAnother() throws IOException {
        // given
        String topic = "stamped";
        cluster.createTopic(topic, 1, Map.of("message.timestamp.type", "LogAppendTime"));
        try (VersionedClient client = new VersionedClient(cluster.port(cluster.leader(topic, 0)))) {
            InitProducerIdResponseData producer = client.ask(
                    ApiKeys.INIT_PRODUCER_ID,
                    (short) 5,
                    new InitProducerIdRequestData().setTransactionalId(null),
                    InitProducerIdResponseData.class);
            ProduceRequestData request = idempotent(topic, producer.producerId());
            ProduceResponseData first = client.ask(ApiKeys.PRODUCE, (short) 9, request, ProduceResponseData.class);
            long firstTime = producedPartition(first).logAppendTimeMs();
            await().atMost(LocalCluster.LIMIT).until(() -> System.currentTimeMillis() > firstTime);

            // when
            ProduceResponseData second = client.ask(ApiKeys.PRODUCE, (short) 9, request, ProduceResponseData.class);

            // then
            assertThat(produced(second)).isEqualTo(Errors.NONE.code());
            assertThat(producedPartition(second).baseOffset())
                    .isEqualTo(producedPartition(first).baseOffset());
            ListOffsetsRequestData latest = listOffsets(0, -1);
            latest.topics().get(0).setName(topic);
            ListOffsetsResponseData end =
                    client.ask(ApiKeys.LIST_OFFSETS, (short) 6, latest, ListOffsetsResponseData.class);
            assertThat(end.topics().get(0).partitions().get(0).offset()).isEqualTo(1);
        }
    }

    private static ProduceRequestData idempotent(String topic, long producerId) {
        MemoryRecords records = MemoryRecords.withIdempotentRecords(
                Compression.NONE,
                producerId,
                (short) 0,
                0,
                new SimpleRecord("v".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        TopicProduceData data = new TopicProduceData().setName(topic);
        data.partitionData().add(new PartitionProduceData().setIndex(0).setRecords(records));
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) -1).setTimeoutMs(60_000);
        request.topicData().add(data);
        return request;
    }

    private static long end(VersionedClient client) throws IOException {
        ListOffsetsResponseData end =
                client.ask(ApiKeys.LIST_OFFSETS, (short) 6, listOffsets(0, -1), ListOffsetsResponseData.class);
        return end.topics().get(0).partitions().get(0).offset();
    }

    record Question(ApiMessage request, Predicate<ApiMessage> isExpected) {}

    static <T extends ApiMessage> Question question(ApiMessage request, Class<T> type, Predicate<T> isExpected) {
        return new Question(request, answer -> isExpected.test(type.cast(answer)));
    }

    private static List<Question> questions(ApiKeys api, short version) {
        return switch (api) {
            case PRODUCE ->
                List.of(
                        question(produce(version, (short) -1, 0), ProduceResponseData.class, a -> produced(a) == 0),
                        question(
                                produce(version, (short) 1, 7),
                                ProduceResponseData.class,
                                a -> produced(a) == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()),
                        question(
                                produce(version, (short) 2, 0),
                                ProduceResponseData.class,
                                a -> produced(a) == Errors.INVALID_REQUIRED_ACKS.code()),
                        question(
                                new ProduceRequestData().setAcks((short) -1),
                                ProduceResponseData.class,
                                a -> a.responses().isEmpty()));
            case FETCH ->
                List.of(
                        question(fetch(version, 0, 0), FetchResponseData.class, a -> fetched(a) == 0),
                        question(
                                fetch(version, 7, 0),
                                FetchResponseData.class,
                                a -> fetched(a) == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()),
                        question(
                                fetch(version, 0, 1_000_000),
                                FetchResponseData.class,
                                a -> fetched(a) == Errors.OFFSET_OUT_OF_RANGE.code()),
                        question(
                                fetch(version, 0, -1),
                                FetchResponseData.class,
                                a -> fetched(a) == Errors.OFFSET_OUT_OF_RANGE.code()),
                        question(
                                new FetchRequestData(),
                                FetchResponseData.class,
                                a -> a.responses().isEmpty()));
            case LIST_OFFSETS ->
                List.of(
                        question(listOffsets(0, -1), ListOffsetsResponseData.class, a -> listed(a) == 0),
                        question(listOffsets(0, -2), ListOffsetsResponseData.class, a -> listed(a) == 0),
                        question(listOffsets(0, 5), ListOffsetsResponseData.class, a -> listed(a) == 0),
                        question(listOffsets(0, -3), ListOffsetsResponseData.class, a -> listed(a) == 0),
                        question(listOffsets(0, -4), ListOffsetsResponseData.class, a -> listed(a) == 0),
                        question(listOffsets(0, -5), ListOffsetsResponseData.class, a -> listed(a) == 0),
                        question(listOffsets(0, -6), ListOffsetsResponseData.class, a -> listed(a) == 0),
                        question(
                                listOffsets(0, -9),
                                ListOffsetsResponseData.class,
                                a -> listed(a) == Errors.UNSUPPORTED_VERSION.code()),
                        question(
                                listOffsets(7, -1),
                                ListOffsetsResponseData.class,
                                a -> listed(a) == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
            case METADATA -> metadataQuestions(version);
            case API_VERSIONS ->
                List.of(question(
                        apiVersions(),
                        ApiVersionsResponseData.class,
                        a -> a.apiKeys().size() > 5));
            case CREATE_TOPICS ->
                List.of(
                        question(
                                createTopic("fresh", 1),
                                CreateTopicsResponseData.class,
                                a -> a.topics().find("fresh").errorCode() == 0),
                        question(
                                createTopic(TOPIC, 1),
                                CreateTopicsResponseData.class,
                                a -> a.topics().find(TOPIC).errorCode() == Errors.TOPIC_ALREADY_EXISTS.code()),
                        question(
                                createTopic("fresh", -7),
                                CreateTopicsResponseData.class,
                                a -> a.topics().find("fresh").errorCode() == Errors.INVALID_PARTITIONS.code()),
                        question(
                                new CreateTopicsRequestData(),
                                CreateTopicsResponseData.class,
                                a -> a.topics().isEmpty()));
            case DELETE_TOPICS -> deleteQuestions(version);
            case DELETE_RECORDS ->
                List.of(
                        question(
                                deleteRecords(TOPIC, 0, 0),
                                DeleteRecordsResponseData.class,
                                a -> deleted(a).errorCode() == 0 && deleted(a).lowWatermark() == 0),
                        question(
                                deleteRecords(TOPIC, 0, 1_000_000),
                                DeleteRecordsResponseData.class,
                                a -> deleted(a).errorCode() == Errors.OFFSET_OUT_OF_RANGE.code()),
                        question(
                                deleteRecords(TOPIC, 0, -2),
                                DeleteRecordsResponseData.class,
                                a -> deleted(a).errorCode() == Errors.OFFSET_OUT_OF_RANGE.code()),
                        question(
                                deleteRecords(TOPIC, 7, 0),
                                DeleteRecordsResponseData.class,
                                a -> deleted(a).errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()),
                        question(
                                deleteRecords("unknown", 0, -1),
                                DeleteRecordsResponseData.class,
                                a -> deleted(a).errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()),
                        question(
                                new DeleteRecordsRequestData(),
                                DeleteRecordsResponseData.class,
                                a -> a.topics().isEmpty()));
            case INIT_PRODUCER_ID ->
                List.of(
                        question(
                                new InitProducerIdRequestData().setTransactionalId(null),
                                InitProducerIdResponseData.class,
                                a -> a.errorCode() == 0 && a.producerId() >= 0),
                        question(
                                new InitProducerIdRequestData().setTransactionalId("t"),
                                InitProducerIdResponseData.class,
                                a -> a.errorCode() == Errors.INVALID_REQUEST.code()));
            case DESCRIBE_CONFIGS ->
                List.of(
                        question(
                                describeConfigs(ConfigResource.Type.TOPIC, TOPIC),
                                DescribeConfigsResponseData.class,
                                a -> a.results().get(0).errorCode() == 0),
                        question(
                                describeConfigs(ConfigResource.Type.TOPIC, "unknown"),
                                DescribeConfigsResponseData.class,
                                a -> a.results().get(0).errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()),
                        question(
                                describeConfigs(ConfigResource.Type.BROKER, Integer.toString(leader)),
                                DescribeConfigsResponseData.class,
                                a -> a.results().get(0).errorCode() == 0),
                        question(
                                describeConfigs(ConfigResource.Type.BROKER, ""),
                                DescribeConfigsResponseData.class,
                                a -> a.results().get(0).errorCode() == Errors.INVALID_REQUEST.code()));
            case DESCRIBE_CLUSTER ->
                List.of(question(
                        new DescribeClusterRequestData(),
                        DescribeClusterResponseData.class,
                        a -> a.errorCode() == 0 && a.brokers().size() == 3));
            default ->
                new AdminQuestions(TOPIC)
                        .of(api, version)
                        .or(() -> groupQuestions.of(api, version))
                        .orElseThrow(() -> new AssertionError("write a question for " + api));
        };
    }

    private static List<Question> metadataQuestions(short version) {
        List<Question> questions = new ArrayList<>();
        questions.add(question(
                new MetadataRequestData().setTopics(version == 0 ? List.of() : null),
                MetadataResponseData.class,
                a -> a.topics().find(TOPIC) != null && a.brokers().size() == 3));
        questions.add(question(
                metadata(TOPIC, Uuid.ZERO_UUID),
                MetadataResponseData.class,
                a -> a.topics().find(TOPIC).errorCode() == 0));
        questions.add(question(
                metadata("unknown", Uuid.ZERO_UUID),
                MetadataResponseData.class,
                a -> a.topics().find("unknown").errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
        if (version > 0) {
            questions.add(question(
                    new MetadataRequestData().setTopics(List.of()),
                    MetadataResponseData.class,
                    a -> a.topics().isEmpty()));
        }
        if (version >= FIRST_METADATA_WITH_IDS) {
            // 10 and 11 carry ids and may not be asked by them: their answers have no room for an unknown name.
            boolean takesIds = version >= FIRST_METADATA_THAT_TAKES_IDS;
            Errors byId = takesIds ? Errors.NONE : Errors.INVALID_REQUEST;
            Errors byUnknownId = takesIds ? Errors.UNKNOWN_TOPIC_ID : Errors.INVALID_REQUEST;
            questions.add(question(
                    metadata(null, topicId),
                    MetadataResponseData.class,
                    a -> a.topics().iterator().next().errorCode() == byId.code()));
            questions.add(question(
                    metadata(null, Uuid.randomUuid()),
                    MetadataResponseData.class,
                    a -> a.topics().iterator().next().errorCode() == byUnknownId.code()));
        }
        return questions;
    }

    private static List<Question> deleteQuestions(short version) {
        boolean isById = version >= FIRST_DELETE_WITH_IDS;
        DeleteTopicsRequestData byName = isById
                ? new DeleteTopicsRequestData().setTopics(List.of(new DeleteTopicState().setName("unknown")))
                : new DeleteTopicsRequestData().setTopicNames(List.of("unknown"));
        List<Question> questions = new ArrayList<>();
        questions.add(question(
                byName,
                DeleteTopicsResponseData.class,
                a -> a.responses().iterator().next().errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
        if (isById) {
            questions.add(question(
                    new DeleteTopicsRequestData()
                            .setTopics(List.of(new DeleteTopicState().setTopicId(Uuid.randomUuid()))),
                    DeleteTopicsResponseData.class,
                    a -> a.responses().iterator().next().errorCode() == Errors.UNKNOWN_TOPIC_ID.code()));
        }
        return questions;
    }

    private static short produced(ProduceResponseData answer) {
        return producedPartition(answer).errorCode();
    }

    private static PartitionProduceResponse producedPartition(ProduceResponseData answer) {
        return answer.responses().iterator().next().partitionResponses().get(0);
    }

    private static short fetched(FetchResponseData answer) {
        return answer.responses().get(0).partitions().get(0).errorCode();
    }

    private static short listed(ListOffsetsResponseData answer) {
        return answer.topics().get(0).partitions().get(0).errorCode();
    }

    private static DeleteRecordsPartitionResult deleted(DeleteRecordsResponseData answer) {
        return answer.topics().iterator().next().partitions().iterator().next();
    }

    private static ApiVersionsRequestData apiVersions() {
        return new ApiVersionsRequestData().setClientSoftwareName("test").setClientSoftwareVersion("1");
    }

    private static MetadataRequestData metadata(@org.jspecify.annotations.Nullable String name, Uuid id) {
        return new MetadataRequestData()
                .setTopics(List.of(new MetadataRequestTopic().setName(name).setTopicId(id)));
    }

    private static ProduceRequestData produce(short version, short acks, int partition) {
        return produce(version, acks, partition, "v");
    }

    private static ProduceRequestData produce(short version, short acks, int partition, String value) {
        ProduceRequestData request = new ProduceRequestData().setAcks(acks).setTimeoutMs(60_000);
        TopicProduceData topic = version >= FIRST_PRODUCE_WITH_IDS
                ? new TopicProduceData().setTopicId(topicId)
                : new TopicProduceData().setName(TOPIC);
        MemoryRecords records = MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(value.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        topic.partitionData().add(new PartitionProduceData().setIndex(partition).setRecords(records));
        request.topicData().add(topic);
        return request;
    }

    private static FetchRequestData fetch(short version, int partition, long offset) {
        FetchTopic topic = version >= FIRST_FETCH_WITH_IDS
                ? new FetchTopic().setTopicId(topicId)
                : new FetchTopic().setTopic(TOPIC);
        List<FetchPartition> partitions = List.of(new FetchPartition()
                .setPartition(partition)
                .setFetchOffset(offset)
                .setPartitionMaxBytes(1 << 20));
        return new FetchRequestData().setMaxBytes(1 << 20).setTopics(List.of(topic.setPartitions(partitions)));
    }

    private static ListOffsetsRequestData listOffsets(int partition, long timestamp) {
        List<ListOffsetsPartition> partitions = new ArrayList<>();
        partitions.add(new ListOffsetsPartition().setPartitionIndex(partition).setTimestamp(timestamp));
        return new ListOffsetsRequestData()
                .setTopics(List.of(new ListOffsetsTopic().setName(TOPIC).setPartitions(partitions)));
    }

    private static CreateTopicsRequestData createTopic(String name, int partitions) {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) 3));
        // Version 0, which cannot only validate, is no longer spoken.
        return request.setValidateOnly(true);
    }

    private static DeleteRecordsRequestData deleteRecords(String topic, int partition, long offset) {
        DeleteRecordsPartition asked =
                new DeleteRecordsPartition().setPartitionIndex(partition).setOffset(offset);
        return new DeleteRecordsRequestData()
                .setTimeoutMs(60_000)
                .setTopics(List.of(new DeleteRecordsTopic().setName(topic).setPartitions(List.of(asked))));
    }

    private static DescribeConfigsRequestData describeConfigs(ConfigResource.Type type, String name) {
        return new DescribeConfigsRequestData()
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType(type.id())
                        .setResourceName(name)
                        .setConfigurationKeys(null)));
    }
}
