package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ConnectionTest {
    private static final int MAX_RESPONSE_BYTES = 1 << 20;

    private final IoLoop loop = new IoLoop("connection-test");

    @AfterEach
    void stop() {
        loop.close();
    }

    private static ConnectionSettings settings(Duration requestTimeout) {
        return new ConnectionSettings("test", Duration.ofSeconds(5), requestTimeout, 2, MAX_RESPONSE_BYTES);
    }

    private <T> T onLoop(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, loop::execute).join();
    }

    private Connection open(ScriptedBroker broker, Duration requestTimeout) {
        return onLoop(() -> Connection.open(loop, Endpoint.parse(broker.address()), settings(requestTimeout)));
    }

    private Connection ready(ScriptedBroker broker) {
        Connection connection = open(broker, Duration.ofSeconds(20));
        connection.whenReady().join();
        return connection;
    }

    private CompletableFuture<MetadataResponseData> ask(Connection connection) {
        return OnLoop.call(
                loop,
                () -> connection.send(
                        Api.METADATA, new MetadataRequestData(), MetadataResponseData.class, Duration.ZERO));
    }

    private static MetadataResponseData metadata() {
        return new MetadataResponseData().setClusterId("c");
    }

    @Test
    void shouldMatchAnswersToRequestsInOrder() {
        try (ScriptedBroker broker = ScriptedBroker.start(request -> metadata())) {
            // given
            Connection connection = ready(broker);

            // when
            CompletableFuture<MetadataResponseData> first = ask(connection);
            CompletableFuture<MetadataResponseData> second = ask(connection);

            // then
            assertThat(first.join().clusterId()).isEqualTo("c");
            assertThat(second.join().clusterId()).isEqualTo("c");
        }
    }

    @Test
    void shouldFallBackWhenTheBrokerKnowsOldVersionsOnly() {
        try (ScriptedBroker broker = ScriptedBroker.start(request -> {
            assertThat(request.version()).isEqualTo((short) 8);
            return metadata();
        })) {
            // given
            broker.withMaxVersion(ApiKeys.API_VERSIONS, 0).withMaxVersion(ApiKeys.METADATA, 8);

            // when
            Connection connection = ready(broker);

            // then
            assertThat(ask(connection).join().clusterId()).isEqualTo("c");
        }
    }

    @Test
    void shouldEndWhenAResponseIsLongerThanAllowed() {
        assertEndsOnBytes(ByteBuffer.allocate(4).putInt(MAX_RESPONSE_BYTES + 1).array());
    }

    @Test
    void shouldEndWhenALengthIsNegativeOrTooShort() {
        assertEndsOnBytes(ByteBuffer.allocate(4).putInt(-1).array());
        assertEndsOnBytes(ByteBuffer.allocate(4).putInt(3).array());
    }

    @Test
    void shouldEndWhenAnAnswerIsGarbage() {
        assertEndsOnBytes("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertEndsOnBytes(ByteBuffer.allocate(12).putInt(8).putInt(1).putInt(-1).array());
    }

    private void assertEndsOnBytes(byte[] bytes) {
        try (ScriptedBroker broker = ScriptedBroker.start(request -> {
            request.writeRaw(bytes);
            return null;
        })) {
            Connection connection = ready(broker);
            CompletableFuture<MetadataResponseData> answer = ask(connection);
            assertThatThrownBy(answer::join).hasCauseInstanceOf(ConnectionLostException.class);
            assertThat(onLoop(connection::isClosed)).isTrue();
        }
    }

    @Test
    void shouldFailAllRequestsWhenTheConnectionIsDropped() {
        try (ScriptedBroker broker = ScriptedBroker.start(request -> null)) {
            // given
            Connection connection = ready(broker);
            CompletableFuture<MetadataResponseData> first = ask(connection);
            CompletableFuture<MetadataResponseData> second = ask(connection);

            // when
            broker.dropConnections();

            // then
            assertThatThrownBy(first::join).hasCauseInstanceOf(ConnectionLostException.class);
            assertThatThrownBy(second::join).hasCauseInstanceOf(ConnectionLostException.class);
        }
    }

    @Test
    void shouldRefuseMoreRequestsThanAllowedInFlight() {
        try (ScriptedBroker broker = ScriptedBroker.start(request -> null)) {
            // given
            Connection connection = ready(broker);
            var unusedFirst = ask(connection);
            var unusedSecond = ask(connection);

            // when, then
            assertThatThrownBy(() -> ask(connection).join()).hasCauseInstanceOf(ConnectionLostException.class);
            assertThat(onLoop(connection::isReady)).isTrue();
        }
    }

    @Test
    void shouldEndWhenARequestIsNotAnsweredInTime() {
        try (ScriptedBroker broker = ScriptedBroker.start(request -> null)) {
            // given
            Connection connection = open(broker, Duration.ofMillis(200));
            connection.whenReady().join();

            // when, then
            assertThatThrownBy(() -> ask(connection).join())
                    .hasCauseInstanceOf(ConnectionLostException.class)
                    .hasMessageContaining("in time");
        }
    }

    @Test
    void shouldFailAtOnceWhenNobodyListens() {
        // given
        ScriptedBroker broker = ScriptedBroker.start(request -> null);
        broker.close();

        // when
        Connection connection = open(broker, Duration.ofSeconds(20));

        // then
        assertThatThrownBy(() -> connection.whenReady().join()).hasCauseInstanceOf(ConnectionLostException.class);
    }
}
