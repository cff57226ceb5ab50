package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.oarlog.server.net.KafkaListener;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client must not send: the protocol's error or a closed connection, and nobody else notices. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class BadInputIT {
    private static final String TOPIC = "bad";
    private static final int MAX_BATCH_BYTES = 1_048_588;

    @TempDir
    static Path directory;

    private static LocalCluster cluster;
    private static int leader;

    private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(directory);
        cluster.createTopic(TOPIC, 1);
        leader = cluster.leader(TOPIC, 0);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void listen() {
        warnings.start();
        listenerLog().addAppender(warnings);
    }

    @AfterEach
    void stopListening() {
        listenerLog().detachAppender(warnings);
    }

    private static Logger listenerLog() {
        return (Logger) org.slf4j.LoggerFactory.getLogger(KafkaListener.class);
    }

    @Test
    void shouldCloseTheConnectionWithOneLineWhenTheLengthIsTwoGibibytes() {
        assertClosedWithOneLine(
                ByteBuffer.allocate(8).putInt(Integer.MAX_VALUE).putInt(0).flip(), "2147483647");
    }

    @Test
    void shouldCloseTheConnectionWhenTheBytesAreRandom() throws IOException {
        for (int seed = 0; seed < 200; seed++) {
            // given: a frame of random bytes
            Random random = new Random(seed);
            byte[] bytes = new byte[1 + random.nextInt(2_000)];
            random.nextBytes(bytes);

            // when
            try (Client client = new Client()) {
                client.send(ByteBuffer.allocate(4 + bytes.length)
                        .putInt(bytes.length)
                        .put(bytes)
                        .flip());

                // then: whatever they mean by chance, the connection ends or is answered
                assertThat(client.isClosedByBroker() || client.hasAnswered)
                        .as("seed %d", seed)
                        .isTrue();
            }
        }
        assertStillServing();
    }

    @Test
    void shouldCloseTheConnectionWhenTheBodyOfARequestIsRandom() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            // given: a good header of an API that is served, and random bytes after it
            Random random = new Random(seed);
            ApiKeys api = List.of(
                            ApiKeys.PRODUCE,
                            ApiKeys.FETCH,
                            ApiKeys.METADATA,
                            ApiKeys.CREATE_TOPICS,
                            ApiKeys.LIST_OFFSETS)
                    .get(random.nextInt(5));
            short version =
                    (short) (api.oldestVersion() + random.nextInt(api.latestVersion() - api.oldestVersion() + 1));
            ByteBuffer header = RequestUtils.serialize(
                    new RequestHeader(api, version, "fuzz", 1).data(),
                    api.requestHeaderVersion(version),
                    new ApiVersionsRequestData(),
                    (short) 0);
            byte[] body = new byte[random.nextInt(500)];
            random.nextBytes(body);

            // when
            try (Client client = new Client()) {
                client.send(ByteBuffer.allocate(4 + header.remaining() + body.length)
                        .putInt(header.remaining() + body.length)
                        .put(header)
                        .put(body)
                        .flip());

                // then
                assertThat(client.isClosedByBroker() || client.hasAnswered)
                        .as("seed %d, %s version %d", seed, api, version)
                        .isTrue();
            }
        }
        assertStillServing();
    }

    @Test
    void shouldForgetAConnectionThatEndsInTheMiddleOfARequest() throws IOException {
        // given
        int before = cluster.broker(leader).connections();

        // when
        try (Client client = new Client()) {
            client.send(ByteBuffer.allocate(104).putInt(50_000_000).flip().limit(104));
        }

        // then
        await().atMost(LocalCluster.LIMIT).until(() -> cluster.broker(leader).connections() <= before);
        assertStillServing();
    }

    @Test
    void shouldAnswerUnsupportedVersionAndKeepTheConnectionWhereTheCodecKnowsTheRequest() throws IOException {
        try (Client client = new Client()) {
            // when: an API that is not served
            EndTxnResponse refused = EndTxnResponse.parse(
                    client.ask(ApiKeys.END_TXN, (short) 3, new EndTxnRequestData().setTransactionalId("t")), (short) 3);

            // then
            assertThat(refused.error()).isEqualTo(Errors.UNSUPPORTED_VERSION);
            assertThat(client.metadata().errors()).isEmpty();
        }
    }

    @Test
    void shouldAnswerAnApiVersionsRequestOfTheFutureInVersionZero() throws IOException {
        try (Client client = new Client()) {
            // when
            client.send(framed(ByteBuffer.allocate(40)
                    .putShort(ApiKeys.API_VERSIONS.id)
                    .putShort((short) 99)
                    .putInt(7)
                    .putShort((short) -1)
                    .put((byte) 0)
                    .flip()));
            ByteBuffer answer = client.receive();

            // then
            assertThat(answer.getInt()).isEqualTo(7);
            ApiVersionsResponse versions = ApiVersionsResponse.parse(new ByteBufferAccessor(answer), (short) 0);
            assertThat(Errors.forCode(versions.data().errorCode())).isEqualTo(Errors.UNSUPPORTED_VERSION);
            assertThat(versions.apiVersion(ApiKeys.API_VERSIONS.id).maxVersion())
                    .isGreaterThanOrEqualTo((short) 3);
            assertThat(client.metadata().errors()).isEmpty();
        }
    }

    @Test
    void shouldCloseTheConnectionWithOneLineWhenNobodyKnowsTheVersion() {
        assertClosedWithOneLine(
                framed(ByteBuffer.allocate(40)
                        .putShort(ApiKeys.METADATA.id)
                        .putShort((short) 1_000)
                        .putInt(7)
                        .putShort((short) -1)
                        .flip()),
                "METADATA version 1000");
    }

    @Test
    void shouldRefuseABatchWithAFlippedByteAndStoreNothing() throws IOException {
        Random random = new Random(42);
        try (Client client = new Client()) {
            for (int i = 0; i < 50; i++) {
                // given
                ByteBuffer batch = batch("v".repeat(100)).buffer();
                int position = 17 + random.nextInt(batch.limit() - 17);
                batch.put(position, (byte) (batch.get(position) ^ (1 << random.nextInt(8))));

                // when
                PartitionProduceResponse response = client.produce(MemoryRecords.readableRecords(batch));

                // then
                assertThat(Errors.forCode(response.errorCode()))
                        .as("byte %d", position)
                        .isEqualTo(Errors.CORRUPT_MESSAGE);
            }
            PartitionProduceResponse good = client.produce(batch("good"));
            assertThat(Errors.forCode(good.errorCode())).isEqualTo(Errors.NONE);
            assertThat(client.produce(batch("next")).baseOffset()).isEqualTo(good.baseOffset() + 1);
        }
    }

    @Test
    void shouldRefuseABatchThatIsTooLargeAndKeepTheConnection() throws IOException {
        try (Client client = new Client()) {
            // when
            PartitionProduceResponse tooLarge = client.produce(batch("x".repeat(MAX_BATCH_BYTES)));
            PartitionProduceResponse small = client.produce(batch("small"));

            // then
            assertThat(Errors.forCode(tooLarge.errorCode())).isEqualTo(Errors.MESSAGE_TOO_LARGE);
            assertThat(Errors.forCode(small.errorCode())).isEqualTo(Errors.NONE);
        }
    }

    @Test
    void shouldNotLetBadConnectionsReachOtherClientsOrGrowTheMemory() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger acknowledged = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer())) {
            // given: a client that works all the time
            CompletableFuture<Void> worker = CompletableFuture.runAsync(() -> {
                while (!stop.get()) {
                    try {
                        producer.send(new ProducerRecord<>(TOPIC, 0, null, "v")).get();
                        acknowledged.incrementAndGet();
                    } catch (Exception e) {
                        failed.incrementAndGet();
                    }
                }
            });
            flood(200);
            long before = usedHeap();

            // when
            flood(2_000);

            // then
            assertThat(usedHeap() - before).isLessThan(32L << 20);
            int acknowledgedNow = acknowledged.get();
            await().atMost(LocalCluster.LIMIT).until(() -> acknowledged.get() > acknowledgedNow);
            stop.set(true);
            worker.join();
        }
        assertThat(failed).hasValue(0);
        // Held back: at most ten lines in ten seconds.
        assertThat(warnings.list.stream()
                        .filter(e -> e.getLevel() == Level.WARN)
                        .count())
                .isLessThan(100);
    }

    /** Connections that each announce more than they send. */
    private static void flood(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            try (Client client = new Client()) {
                int length = i % 2 == 0 ? Integer.MAX_VALUE : 100_000_000;
                client.send(ByteBuffer.allocate(64).putInt(length).rewind());
            }
        }
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** Tries again while the lines are held back, as they are for a while after a flood. */
    private void assertClosedWithOneLine(ByteBuffer bytes, String reason) {
        await().atMost(LocalCluster.LIMIT).until(() -> {
            try (Client client = new Client()) {
                client.send(bytes);
                assertThat(client.isClosedByBroker()).isTrue();
            }
            return warnings.list.stream().anyMatch(e -> isWarning(e, reason));
        });
        assertThat(warnings.list.stream().filter(e -> isWarning(e, reason))).hasSize(1);
    }

    private static boolean isWarning(ILoggingEvent event, String reason) {
        return event.getLevel() == Level.WARN
                && String.valueOf(event.getKeyValuePairs()).contains(reason);
    }

    private static void assertStillServing() throws IOException {
        try (Client client = new Client()) {
            assertThat(Errors.forCode(client.produce(batch("still")).errorCode()))
                    .isEqualTo(Errors.NONE);
        }
    }

    private static MemoryRecords batch(String value) {
        return MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(value.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    private static ByteBuffer framed(ByteBuffer request) {
        return ByteBuffer.allocate(4 + request.remaining())
                .putInt(request.remaining())
                .put(request)
                .flip();
    }

    /** A raw connection to the leader. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private int correlationId;
        private boolean hasAnswered;

        Client() throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), cluster.port(leader));
            socket.setSoTimeout(Math.toIntExact(LocalCluster.LIMIT.toMillis()));
        }

        void send(ByteBuffer bytes) throws IOException {
            try {
                byte[] copy = new byte[bytes.remaining()];
                bytes.duplicate().get(copy);
                socket.getOutputStream().write(copy);
            } catch (SocketException e) {
                // closed by the broker while we were still sending: what isClosedByBroker finds next
            }
        }

        ByteBuffer receive() throws IOException {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readInt()];
            in.readFully(answer);
            return ByteBuffer.wrap(answer);
        }

        boolean isClosedByBroker() throws IOException {
            try {
                hasAnswered = socket.getInputStream().read() >= 0;
                return !hasAnswered;
            } catch (SocketException e) {
                return true;
            }
        }

        ByteBufferAccessor ask(ApiKeys api, short version, ApiMessage request) throws IOException {
            RequestHeader header = new RequestHeader(api, version, "test", ++correlationId);
            send(framed(RequestUtils.serialize(header.data(), header.headerVersion(), request, version)));
            ByteBuffer answer = receive();
            assertThat(ResponseHeader.parse(answer, api.responseHeaderVersion(version))
                            .correlationId())
                    .isEqualTo(correlationId);
            return new ByteBufferAccessor(answer);
        }

        MetadataResponse metadata() throws IOException {
            return MetadataResponse.parse(
                    ask(ApiKeys.METADATA, (short) 9, new MetadataRequestData().setTopics(List.of())), (short) 9);
        }

        PartitionProduceResponse produce(MemoryRecords records) throws IOException {
            ProduceRequestData request =
                    new ProduceRequestData().setAcks((short) -1).setTimeoutMs(60_000);
            request.topicData()
                    .add(new TopicProduceData()
                            .setName(TOPIC)
                            .setPartitionData(List.of(
                                    new PartitionProduceData().setIndex(0).setRecords(records))));
            return ProduceResponse.parse(ask(ApiKeys.PRODUCE, (short) 9, request), (short) 9)
                    .data()
                    .responses()
                    .iterator()
                    .next()
                    .partitionResponses()
                    .get(0);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
