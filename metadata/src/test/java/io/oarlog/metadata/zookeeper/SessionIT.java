package io.oarlog.metadata.zookeeper;

import static io.oarlog.metadata.zookeeper.TestClients.assertError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.RequestHeader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions: how they begin, move, end and expire, the order of a client's requests, and connections that are none. */
@Timeout(90)
class SessionIT {
    private static final int SHORTEST_TIMEOUT_MILLIS = 4_000;
    private static final int PING_XID = -2;

    @RegisterExtension
    final TestClients clients = new TestClients();

    private ZooKeeper zk;

    @BeforeEach
    void takeClient() {
        zk = clients.zk();
    }

    private static ConnectRequest attach(ConnectResponse session, byte[] password, long zxid) {
        return new ConnectRequest(0, zxid, TestClients.TIMEOUT_MILLIS, session.getSessionId(), password, false);
    }

    private static void createEphemeral(RawConnection raw, String path) throws Exception {
        assertThat(raw.call(OpCode.create, new CreateRequest(path, null, Ids.OPEN_ACL_UNSAFE, 1))
                        .header()
                        .getErr())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 4000", "10000, 10000", "1000000, 40000"})
    void shouldAgreeOnATimeout(int asked, int expected) throws Exception {
        ConnectResponse response = clients.raw(1).connect(asked);
        assertThat(response.getTimeOut()).isEqualTo(expected);
        assertThat(response.getSessionId()).isNotZero();
        assertThat(response.getPasswd()).hasSize(16);
        assertThat(response.getReadOnly()).isFalse();
    }

    @Test
    void shouldDeleteEphemeralsWhenASessionIsClosed() throws Exception {
        // given
        ZooKeeper owner = clients.connectTo(1);
        for (int i = 0; i < 5; i++) {
            owner.create(clients.path("e" + i), null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        }

        // when
        owner.close();

        // then
        zk.sync(clients.root(), (code, path, context) -> {}, null);
        Stat parent = new Stat();
        assertThat(zk.getChildren(clients.root(), false, parent)).isEmpty();
        assertThat(parent.getCversion()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldMoveToAnotherNodeWithAllItHas(int node) throws Exception {
        // given: a connection that is lost
        RawConnection first = clients.raw(1);
        ConnectResponse session = first.connect(TestClients.TIMEOUT_MILLIS);
        createEphemeral(first, clients.path("e"));
        first.close();

        // when
        RawConnection second = clients.raw(node);
        ConnectResponse moved = second.connect(attach(session, session.getPasswd(), 0));

        // then
        assertThat(moved.getSessionId()).isEqualTo(session.getSessionId());
        assertThat(moved.getTimeOut()).isEqualTo(session.getTimeOut());
        createEphemeral(second, clients.path("f"));
        second.call(OpCode.closeSession, new org.apache.zookeeper.proto.SyncRequest(""));
        await().atMost(Ensemble.LIMIT)
                .until(() -> zk.getChildren(clients.root(), false).isEmpty());
    }

    @Test
    void shouldServeASessionOnItsNewestConnectionAlone() throws Exception {
        RawConnection first = clients.raw(1);
        ConnectResponse session = first.connect(TestClients.TIMEOUT_MILLIS);
        RawConnection second = clients.raw(2);
        second.connect(attach(session, session.getPasswd(), 0));
        createEphemeral(second, clients.path("e"));

        first.send(OpCode.create, new CreateRequest(clients.path("f"), null, Ids.OPEN_ACL_UNSAFE, 1));
        assertThat(first.awaitEnd()).isTrue();
        createEphemeral(second, clients.path("g"));
        assertThat(zk.getChildren(clients.root(), false)).doesNotContain("f");
    }

    @Test
    void shouldEndTheOldConnectionOfTheSameNode() throws Exception {
        RawConnection first = clients.raw(1);
        ConnectResponse session = first.connect(TestClients.TIMEOUT_MILLIS);
        clients.raw(1).connect(attach(session, session.getPasswd(), 0));
        assertThat(first.awaitEnd()).isTrue();
    }

    @Test
    void shouldRefuseAWrongPassword() throws Exception {
        RawConnection first = clients.raw(1);
        ConnectResponse session = first.connect(TestClients.TIMEOUT_MILLIS);
        byte[] wrong = session.getPasswd().clone();
        wrong[0]++;
        RawConnection second = clients.raw(2);
        ConnectResponse refused = second.connect(attach(session, wrong, 0));

        assertThat(refused.getSessionId()).isZero();
        assertThat(refused.getTimeOut()).isZero();
        assertThat(second.awaitEnd()).isTrue();
        createEphemeral(first, clients.path("e"));
    }

    @Test
    void shouldTellAClientWhoseSessionIsUnknownThatItExpired() throws Exception {
        Events events = new Events();
        ZooKeeper other = clients.attach(1, 0x7654321L, new byte[16], events);
        events.awaitState(KeeperState.Expired);
        assertError(Code.SESSIONEXPIRED, () -> other.exists("/", false));
    }

    @Test
    void shouldNotServeASessionThatWasClosed() throws Exception {
        RawConnection first = clients.raw(1);
        ConnectResponse session = first.connect(TestClients.TIMEOUT_MILLIS);
        first.send(new RequestHeader(1, OpCode.closeSession));
        assertThat(first.receive().header().getErr()).isZero();
        assertThat(first.awaitEnd()).isTrue();

        assertThat(clients.raw(2)
                        .connect(attach(session, session.getPasswd(), 0))
                        .getTimeOut())
                .isZero();
    }

    @Test
    void shouldExpireWhoIsSilentAndKeepWhoPings() throws Exception {
        // given
        RawConnection silent = clients.raw(1);
        ConnectResponse silentSession = silent.connect(1);
        createEphemeral(silent, clients.path("silent"));
        RawConnection pinging = clients.raw(2);
        pinging.connect(1);
        createEphemeral(pinging, clients.path("pinging"));
        long start = System.nanoTime();

        // when
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    pinging.send(new RequestHeader(PING_XID, OpCode.ping));
                    assertThat(pinging.receive().header().getXid()).isEqualTo(PING_XID);
                    return zk.exists(clients.path("silent"), false) == null;
                });

        // then
        assertThat(Duration.ofNanos(System.nanoTime() - start).toMillis()).isGreaterThan(SHORTEST_TIMEOUT_MILLIS - 500);
        assertThat(silent.awaitEnd()).isTrue();
        assertThat(clients.raw(3)
                        .connect(attach(silentSession, silentSession.getPasswd(), 0))
                        .getTimeOut())
                .isZero();
        assertThat(pinging.call(OpCode.exists, new ExistsRequest(clients.path("pinging"), false))
                        .header()
                        .getErr())
                .isZero();
    }

    @Test
    void shouldRefuseWhoHasSeenMoreThanItself() throws Exception {
        RawConnection raw = clients.raw(1);
        assertThatThrownBy(() -> raw.connect(
                        new ConnectRequest(0, Long.MAX_VALUE, TestClients.TIMEOUT_MILLIS, 0, new byte[16], false)))
                .isInstanceOfAny(EOFException.class, java.net.SocketException.class);
    }

    @Test
    void shouldServeClientsThatSayNothingOfReadOnly() throws Exception {
        RawConnection raw = clients.raw(1);
        ByteBuffer old = ByteBuffer.allocate(44);
        old.putInt(0).putLong(0).putInt(TestClients.TIMEOUT_MILLIS).putLong(0).putInt(16);
        raw.sendFrame(old.array());
        createEphemeral(afterConnect(raw), clients.path("e"));
    }

    /** Reads over the answer to the connect request. */
    private static RawConnection afterConnect(RawConnection raw) throws Exception {
        raw.receive();
        return raw;
    }

    @Test
    void shouldServeAClientBelowAZnodeOfItsChoice() throws Exception {
        ZooKeeper below = clients.connect(clients.ensemble().connectString() + clients.root(), new Events());
        assertThat(below.create("/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))
                .isEqualTo("/a");
        zk.sync(clients.root(), (code, path, context) -> {}, null);
        assertThat(zk.exists(clients.path("a"), false)).isNotNull();
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrderEachSeeingThoseBeforeIt() throws Exception {
        // given
        int count = 500;
        ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
        CountDownLatch outstanding = new CountDownLatch(3 * count);
        String path = clients.create("a");
        ZooKeeper client = clients.connectTo(2);
        client.sync(path, (code, synced, context) -> {}, null);

        // when
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            client.setData(
                    path,
                    new byte[i],
                    -1,
                    (code, changed, context, stat) -> {
                        answers.add("set " + code + " " + stat.getDataLength());
                        outstanding.countDown();
                    },
                    null);
            client.getData(
                    path,
                    false,
                    (code, read, context, data, stat) -> {
                        answers.add("get " + code + " " + data.length);
                        outstanding.countDown();
                    },
                    null);
            client.create(
                    path,
                    null,
                    Ids.OPEN_ACL_UNSAFE,
                    CreateMode.PERSISTENT,
                    (code, created, context, name) -> {
                        answers.add("create " + Code.get(code));
                        outstanding.countDown();
                    },
                    null);
            expected.addAll(List.of("set 0 " + i, "get 0 " + i, "create NODEEXISTS"));
        }

        // then
        assertThat(outstanding.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(answers).containsExactlyElementsOf(expected);
    }

    @Test
    void shouldNeverShowAClientThatMovesAnOlderState() throws Exception {
        // given: somebody who writes all the time
        String path = clients.create("a");
        ZooKeeper writer = clients.connect();
        Thread writing = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    writer.setData(path, null, -1);
                } catch (Exception e) {
                    return;
                }
            }
        });
        writing.start();

        // when
        ZooKeeper mover = clients.connect();
        int last = -1;
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 20; j++) {
                int version = await().atMost(Ensemble.LIMIT)
                        .ignoreExceptions()
                        .until(() -> mover.exists(path, false), stat -> stat != null)
                        .getVersion();
                assertThat(version).isGreaterThanOrEqualTo(last);
                last = version;
            }
            mover.getTestable().closeSocket();
        }
        writing.interrupt();
        writing.join();
    }

    @Test
    void shouldKeepItsSessionWhenTheConnectionIsLostAgainAndAgain() throws Exception {
        Events events = new Events();
        ZooKeeper mover = clients.connect(clients.ensemble().connectString(), events);
        long session = mover.getSessionId();
        mover.create(clients.path("e"), null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        for (int i = 0; i < 2; i++) {
            int losses = i + 1;
            mover.getTestable().closeSocket();
            await().atMost(Ensemble.LIMIT)
                    .until(() -> events.states().stream()
                                            .filter(state -> state == KeeperState.SyncConnected)
                                            .count()
                                    > losses
                            && mover.getState().isConnected());
        }
        assertThat(mover.getSessionId()).isEqualTo(session);
        assertThat(mover.getEphemerals()).containsExactly(clients.path("e"));
        assertThat(events.states()).doesNotContain(KeeperState.Expired);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ffffffff", "7fffffff", "00200000", "00000000", "00000004000000"})
    void shouldEndAConnectionThatBeginsWithNonsense(String hex) throws Exception {
        RawConnection raw = clients.raw(1);
        raw.sendBytes(java.util.HexFormat.of().parseHex(hex.length() == 14 ? hex + "ff" : hex));
        assertThat(raw.awaitEnd()).isTrue();
        assertThat(zk.exists("/", false)).isNotNull();
    }

    @Test
    void shouldRefuseARequestThatIsUnknown() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);
        raw.send(new RequestHeader(1, 4711));
        assertThat(raw.receive().header().getErr()).isEqualTo(Code.UNIMPLEMENTED.intValue());
    }

    @Test
    void shouldAnswerFourLetterWordsThatAreAllowed() {
        String address = clients.ensemble().address(1);
        assertThat(ServerStatus.ask(address, "ruok")).isEqualTo("imok");
        assertThat(ServerStatus.ask(address, "srvr"))
                .contains("Zookeeper version: ", "Latency min/avg/max: ", "Received: ", "Sent: ", "Connections: ")
                .contains("Outstanding: ", "Zxid: 0x", "Mode: ", "Node count: ");
        assertThat(ServerStatus.ask(address, "dump"))
                .isEqualTo("dump is not executed because it is not in the whitelist.\n");
    }
}
