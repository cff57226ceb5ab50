package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.proto.AuthPacket;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.RequestHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one client may ask for, and that another one does not notice. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class LimitsIT {
    private static final int MAX_FRAME_BYTES = 100_000;
    private static final int MAX_CONNECTIONS = 5;

    private final SharedStream stream = new SharedStream();
    private ZooKeeperServer server;
    private RawClient bystander;

    @BeforeEach
    void start() throws IOException {
        server = ZooKeeperServer.start(
                ZooKeeperSettings.defaults("127.0.0.1", 0)
                        .withMaxFrameBytes(MAX_FRAME_BYTES)
                        .withMaxConnectionsPerAddress(MAX_CONNECTIONS)
                        .withMaxWatchesPerConnection(2),
                stream.newNode(1),
                () -> new EnsembleStatus(1, 1, OptionalInt.of(1), 0),
                () -> new StorageSizes(0, 0),
                Clock.system(),
                new SecureRandom());
        bystander = RawClient.connected(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        assertThat(bystander).satisfies(client -> {
            client.send(new RequestHeader(-2, OpCode.ping));
            assertThat(client.read().getXid()).isEqualTo(-2);
        });
        bystander.close();
        server.close();
        stream.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, MAX_FRAME_BYTES + 1, Integer.MAX_VALUE})
    void shouldCloseAConnectionWithAFrameThatIsTooLong(int length) throws IOException {
        try (RawClient client = RawClient.connected(server.port())) {
            client.sendBytes(ByteBuffer.allocate(4).putInt(length).array());

            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldCloseAConnectionThatBeginsWithNonsense() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.sendBytes("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldAnswerABodyThatCannotBeRead() throws IOException {
        try (RawClient client = RawClient.connected(server.port())) {
            // when: a path of two billion bytes
            client.sendBytes(ByteBuffer.allocate(16)
                    .putInt(12)
                    .putInt(7)
                    .putInt(OpCode.getData)
                    .putInt(Integer.MAX_VALUE)
                    .array());

            // then
            assertThat(client.read()).satisfies(reply -> {
                assertThat(reply.getXid()).isEqualTo(7);
                assertThat(reply.getErr()).isEqualTo(-5);
            });

            // when: the connection goes on
            client.send(8, OpCode.getData, new GetDataRequest("/absent", false));

            // then
            assertThat(client.read().getErr()).isEqualTo(-101);
        }
    }

    @Test
    void shouldAnswerAnUnknownOperationAndClose() throws IOException {
        try (RawClient client = RawClient.connected(server.port())) {
            client.send(new RequestHeader(3, 4711));

            assertThat(client.read().getErr()).isEqualTo(-6);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldAnswerAnUnknownSchemeAndClose() throws IOException {
        try (RawClient client = RawClient.connected(server.port())) {
            client.send(-4, OpCode.auth, new AuthPacket(0, "palm", new byte[3]));

            assertThat(client.read().getErr()).isEqualTo(-115);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldRefuseAPathThatBreaksTheRules() throws IOException {
        try (RawClient client = RawClient.connected(server.port())) {
            List<ACL> open = Ids.OPEN_ACL_UNSAFE;
            client.send(1, OpCode.create, new CreateRequest("no-slash", null, open, 0));
            client.send(2, OpCode.create, new CreateRequest("/..", null, open, 0));
            client.send(3, OpCode.create, new CreateRequest("/ok", null, open, 99));
            client.send(4, OpCode.exists, new ExistsRequest("/a\0", false));

            for (int xid = 1; xid <= 4; xid++) {
                int expected = xid;
                assertThat(client.read()).satisfies(reply -> {
                    assertThat(reply.getXid()).isEqualTo(expected);
                    assertThat(reply.getErr()).isEqualTo(-8);
                });
            }
        }
    }

    @Test
    void shouldTakeSoManyConnectionsOfAnAddress() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            // given
            for (int i = 1; i < MAX_CONNECTIONS; i++) {
                clients.add(RawClient.connected(server.port()));
            }

            // when
            try (RawClient oneMore = new RawClient(server.port())) {
                // Not only after a while, as one that sends nothing.
                assertThatThrownBy(() -> oneMore.connect(0, new byte[16], 0)).isInstanceOf(IOException.class);
            }

            // then: a place that is left is free again
            clients.remove(0).close();
            await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> {
                clients.add(RawClient.connected(server.port()));
                return true;
            });
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void shouldSetSoManyWatchesOfAConnection() throws IOException {
        try (RawClient client = RawClient.connected(server.port())) {
            for (int i = 1; i <= 3; i++) {
                client.send(i, OpCode.exists, new ExistsRequest("/" + i, true));
            }

            assertThat(client.read().getErr()).isEqualTo(-101);
            assertThat(client.read().getErr()).isEqualTo(-101);
            assertThat(client.read().getErr()).isEqualTo(-125);
        }
    }

    @Test
    void shouldReadNoMoreFromAClientThatDoesNotTakeItsAnswers() throws IOException {
        // given
        bystander.send(1, OpCode.create, new CreateRequest("/big", new byte[50_000], Ids.OPEN_ACL_UNSAFE, 0));
        assertThat(bystander.read().getErr()).isZero();
        try (RawClient client = RawClient.connected(server.port())) {
            // when: more requests than fit into the buffers of both sockets
            AtomicInteger sent = new AtomicInteger();
            Thread sender = new Thread(() -> {
                try {
                    for (int i = 1; i <= 2_000_000; i++) {
                        client.send(i, OpCode.getData, new GetDataRequest("/big", false));
                        sent.set(i);
                    }
                } catch (IOException e) {
                    // The test is over.
                }
            });
            sender.setDaemon(true);
            sender.start();

            // then: the sender is held up
            AtomicInteger before = new AtomicInteger();
            await().during(Duration.ofSeconds(1))
                    .pollInterval(Duration.ofMillis(100))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> sender.isAlive() && before.getAndSet(sent.get()) == sent.get());

            // when
            for (int i = 1; i <= 2_000; i++) {
                assertThat(client.read().getXid()).isEqualTo(i);
            }
        }
    }

    @Test
    void shouldReadNoMoreWhileTooMuchIsUnanswered() throws IOException {
        try (RawClient client = RawClient.connected(server.port())) {
            // given
            stream.hold();
            CreateRequest request = new CreateRequest("/big", new byte[50_000], Ids.OPEN_ACL_UNSAFE, 0);

            // when: 500 MB of requests
            Thread sender = new Thread(() -> {
                try {
                    for (int i = 1; i <= 10_000; i++) {
                        client.send(i, OpCode.create, request);
                    }
                } catch (IOException e) {
                    // The test is over.
                }
            });
            sender.setDaemon(true);
            sender.start();

            // then
            await().during(Duration.ofMillis(500))
                    .atMost(Duration.ofSeconds(20))
                    .until(sender::isAlive);

            // when
            stream.release();

            // then
            assertThat(client.read().getErr()).isZero();
            for (int i = 2; i <= 1_000; i++) {
                assertThat(client.read().getErr()).isEqualTo(-110);
            }
        }
    }
}
