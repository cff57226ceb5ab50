package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Clock;
import io.oarlog.metadata.tree.ZnodeCommand;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.proto.SyncRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions that go from node to node, and what nodes that lag behind may say. On one stream of commands in this process. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class AttachIT {
    private static final int NO_NODE = -101;

    private final SharedStream stream = new SharedStream();
    private final Map<Integer, SharedStream.Node> nodes = new HashMap<>();
    private final Map<Integer, ZooKeeperServer> servers = new HashMap<>();
    private final List<RawClient> clients = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        for (int id = 1; id <= 2; id++) {
            int node = id;
            nodes.put(id, stream.newNode(id));
            servers.put(
                    id,
                    ZooKeeperServer.start(
                            ZooKeeperSettings.defaults("127.0.0.1", 0),
                            node(id),
                            () -> new EnsembleStatus(node, 2, OptionalInt.of(1), 1),
                            () -> new StorageSizes(0, 0),
                            Clock.system(),
                            new SecureRandom()));
        }
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        servers.values().forEach(ZooKeeperServer::close);
        stream.close();
    }

    private RawClient client(int node) throws IOException {
        RawClient client = new RawClient(server(node).port());
        clients.add(client);
        return client;
    }

    @Test
    void shouldCloseTheOldConnectionOfASessionThatIsAttachedElsewhere() throws IOException {
        // given
        RawClient old = client(1);
        ConnectResponse session = old.connect(0, new byte[16], 0);
        old.send(1, OpCode.create, new CreateRequest("/e", null, Ids.OPEN_ACL_UNSAFE, 1));
        long seen = old.read().getZxid();

        // when
        RawClient moved = client(2);
        ConnectResponse attached = moved.connect(session.getSessionId(), session.getPasswd(), seen);

        // then
        assertThat(attached.getSessionId()).isEqualTo(session.getSessionId());
        assertThat(attached.getPasswd()).isEqualTo(session.getPasswd());
        assertThat(attached.getTimeOut()).isEqualTo(10_000);
        assertThat(old.isClosedByServer()).isTrue();
        moved.send(2, OpCode.exists, new ExistsRequest("/e", false));
        assertThat(moved.read().getErr()).isZero();

        // when: back on the same node twice
        RawClient back = client(1);
        assertThat(back.connect(session.getSessionId(), session.getPasswd(), seen)
                        .getSessionId())
                .isNotZero();
        RawClient again = client(1);
        assertThat(again.connect(session.getSessionId(), session.getPasswd(), seen)
                        .getSessionId())
                .isNotZero();

        // then
        assertThat(back.isClosedByServer()).isTrue();
        again.send(new RequestHeader(-2, OpCode.ping));
        assertThat(again.read().getXid()).isEqualTo(-2);
        assertThat(node(1).hasHeard(session.getSessionId())).isTrue();
    }

    @Test
    void shouldRefuseAnotherPassword() throws IOException {
        // given
        ConnectResponse session = client(1).connect(0, new byte[16], 0);
        byte[] wrong = session.getPasswd().clone();
        wrong[3]++;

        for (byte[] password : new byte[][] {wrong, new byte[0], new byte[15]}) {
            // when
            RawClient thief = client(2);
            ConnectResponse refused = thief.connect(session.getSessionId(), password, 0);

            // then
            assertThat(refused.getSessionId()).isZero();
            assertThat(refused.getTimeOut()).isZero();
            assertThat(thief.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldCloseInsteadOfAnsweringAWriteOfASessionThatIsAttachedElsewhere() throws IOException {
        // given: node 1 does not know yet that the client has moved
        RawClient old = client(1);
        ConnectResponse session = old.connect(0, new byte[16], 0);
        node(1).lag(true);
        RawClient moved = client(2);
        moved.connect(session.getSessionId(), session.getPasswd(), 0);

        // when
        old.send(1, OpCode.create, new CreateRequest("/late", null, Ids.OPEN_ACL_UNSAFE, 0));
        await().atMost(Duration.ofSeconds(10)).until(() -> stream.submitted(node(1)) == 2);
        node(1).lag(false);

        // then
        assertThat(old.isClosedByServer()).isTrue();
        moved.send(2, OpCode.exists, new ExistsRequest("/late", false));
        assertThat(moved.read().getErr()).isEqualTo(-101);
    }

    @Test
    void shouldHaveIdleClientsComeBackWhenTheirSessionsHaveToBeAttachedAgain() throws IOException {
        // given
        RawClient client = client(1);
        client.connect(0, new byte[16], 0);

        // when
        node(1).endStream();

        // then
        assertThat(client.isClosedByServer()).isTrue();
    }

    @Test
    void shouldCloseTheConnectionOfASessionThatExpires() throws IOException {
        // given
        RawClient client = client(1);
        ConnectResponse session = client.connect(0, new byte[16], 0);
        client.send(1, OpCode.create, new CreateRequest("/e", null, Ids.OPEN_ACL_UNSAFE, 1));
        assertThat(client.read().getErr()).isZero();

        // when
        node(2).submit(new ZnodeCommand.ExpireSessions(1, List.of(session.getSessionId())))
                .join();

        // then
        assertThat(client.isClosedByServer()).isTrue();
        RawClient back = client(1);
        assertThat(back.connect(session.getSessionId(), session.getPasswd(), 0).getSessionId())
                .isZero();
        RawClient other = client(2);
        other.connect(0, new byte[16], 0);
        other.send(1, OpCode.exists, new ExistsRequest("/e", false));
        assertThat(other.read().getErr()).isEqualTo(NO_NODE);
    }

    @Test
    void shouldEndASessionAtItsClientsWish() throws IOException {
        // given
        RawClient client = client(1);
        ConnectResponse session = client.connect(0, new byte[16], 0);

        // when
        client.send(new RequestHeader(5, OpCode.closeSession));

        // then
        assertThat(client.read().getXid()).isEqualTo(5);
        assertThat(client.isClosedByServer()).isTrue();
        assertThat(node(1).tree().sessions().contains(session.getSessionId())).isFalse();
    }

    @Test
    void shouldLetAClientInThatHasSeenMoreAsSoonAsThisNodeHasSeenIt() throws Exception {
        // given
        RawClient client = client(1);
        ConnectResponse session = client.connect(0, new byte[16], 0);
        node(2).lag(true);
        client.send(1, OpCode.create, new CreateRequest("/new", null, Ids.OPEN_ACL_UNSAFE, 0));
        long seen = client.read().getZxid();

        // when
        RawClient tooLate = client(2);
        tooLate.send(new ConnectRequest(0, seen, 10_000, session.getSessionId(), session.getPasswd(), false));

        // then
        assertThat(tooLate.isClosedByServer()).isTrue();

        // when
        RawClient early = client(2);
        early.send(new ConnectRequest(0, seen, 10_000, session.getSessionId(), session.getPasswd(), false));
        node(2).lag(false);

        // then
        assertThat(early.readConnectResponse().getSessionId()).isEqualTo(session.getSessionId());
        early.send(1, OpCode.exists, new ExistsRequest("/new", false));
        assertThat(early.read().getErr()).isZero();
    }

    @Test
    void shouldCloseAConnectionWhoseWriteHasAnUnknownOutcome() throws IOException {
        // given
        RawClient client = client(1);
        client.connect(0, new byte[16], 0);
        node(1).loseOutcomes();

        // when
        client.send(1, OpCode.create, new CreateRequest("/maybe", null, Ids.OPEN_ACL_UNSAFE, 0));

        // then
        assertThat(client.isClosedByServer()).isTrue();
    }

    @Test
    void shouldReadEachBetweenTheWritesAroundItWhoeverElseWrites() throws IOException {
        // given
        RawClient client = client(1);
        client.connect(0, new byte[16], 0);
        client.send(1, OpCode.create, new CreateRequest("/p", null, Ids.OPEN_ACL_UNSAFE, 0));
        assertThat(client.read().getErr()).isZero();
        stream.hold();

        // when
        client.send(2, OpCode.setData, new SetDataRequest("/p", new byte[2], -1));
        client.send(3, OpCode.exists, new ExistsRequest("/q", false));
        client.send(4, OpCode.create, new CreateRequest("/q", null, Ids.OPEN_ACL_UNSAFE, 0));
        client.send(5, OpCode.exists, new ExistsRequest("/q", false));
        client.send(6, OpCode.sync, new SyncRequest("/"));
        client.send(new RequestHeader(-2, OpCode.ping));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> RawClient.word(server(1).port(), "srvr").contains("Outstanding: 6"));
        stream.release();

        // then
        List<ReplyHeader> replies = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            replies.add(client.read());
        }
        assertThat(replies).extracting(ReplyHeader::getXid).containsExactly(2, 3, 4, 5, 6, -2);
        assertThat(replies).extracting(ReplyHeader::getErr).containsExactly(0, NO_NODE, 0, 0, 0, 0);
        assertThat(replies.get(1).getZxid()).isEqualTo(replies.get(0).getZxid());
        assertThat(replies.get(2).getZxid()).isEqualTo(replies.get(0).getZxid() + 1);
    }

    @Test
    void shouldTellOfAChangeBeforeItCanBeRead() throws IOException {
        // given
        RawClient client = client(1);
        client.connect(0, new byte[16], 0);
        client.send(1, OpCode.create, new CreateRequest("/w", null, Ids.OPEN_ACL_UNSAFE, 0));
        assertThat(client.read().getErr()).isZero();
        RawClient other = client(2);
        other.connect(0, new byte[16], 0);

        for (int i = 0; i < 200; i++) {
            // when: a watch is set, and another client's change comes while this one reads
            int first = 10 * i;
            client.send(first, OpCode.getData, new GetDataRequest("/w", true));
            assertThat(client.read().getErr()).isZero();
            other.send(i, OpCode.setData, new SetDataRequest("/w", null, -1));
            for (int j = 1; j <= 5; j++) {
                client.send(first + j, OpCode.exists, new ExistsRequest("/w", false));
            }

            // then: whatever is answered behind the event is newer than before, and nothing in front of it is
            long changedAt = Long.MAX_VALUE;
            List<ReplyHeader> before = new ArrayList<>();
            for (int seen = 0; seen < 6; seen++) {
                ReplyHeader reply = client.read();
                if (reply.getXid() == -1) {
                    changedAt = reply.getZxid();
                } else if (changedAt == Long.MAX_VALUE) {
                    before.add(reply);
                } else {
                    assertThat(reply.getZxid()).isGreaterThanOrEqualTo(changedAt);
                }
            }
            long limit = changedAt;
            assertThat(before).allSatisfy(reply -> assertThat(reply.getZxid()).isLessThan(limit));
            assertThat(other.read().getErr()).isZero();
        }
    }

    @Test
    void shouldBeUpToDateBehindASync() throws Exception {
        // given
        RawClient writer = client(1);
        writer.connect(0, new byte[16], 0);
        RawClient reader = client(2);
        reader.connect(0, new byte[16], 0);
        node(2).lag(true);
        writer.send(1, OpCode.create, new CreateRequest("/s", null, Ids.OPEN_ACL_UNSAFE, 0));
        assertThat(writer.read().getErr()).isZero();

        // when
        reader.send(1, OpCode.exists, new ExistsRequest("/s", false));

        // then
        assertThat(reader.read().getErr()).isEqualTo(NO_NODE);

        // when
        stream.hold();
        reader.send(2, OpCode.sync, new SyncRequest("/s"));
        reader.send(3, OpCode.exists, new ExistsRequest("/s", false));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> RawClient.word(server(2).port(), "srvr").contains("Outstanding: 2"));
        stream.release();
        node(2).lag(false);

        // then
        assertThat(reader.read().getErr()).isZero();
        assertThat(reader.read().getErr()).isZero();
    }

    private SharedStream.Node node(int id) {
        return Objects.requireNonNull(nodes.get(id));
    }

    private ZooKeeperServer server(int id) {
        return Objects.requireNonNull(servers.get(id));
    }
}
