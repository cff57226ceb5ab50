package io.oarlog.metadata.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.proto.CreateRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real Java client on three nodes with real Raft: sessions and guarantees that no single node can keep. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FailoverIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final List<ZooKeeper> clients = new ArrayList<>();
    private ThreeZooKeeperNodes nodes;

    @BeforeEach
    void start() throws Exception {
        nodes = ThreeZooKeeperNodes.start(directory);
        assertThat(nodes.leader()).isPositive();
    }

    @AfterEach
    void stop() throws Exception {
        for (ZooKeeper client : clients) {
            client.close(2000);
        }
        nodes.close();
    }

    private ZooKeeper connect(String addresses, int timeoutMillis) throws Exception {
        ZooKeeper client = new ZooKeeper(addresses, timeoutMillis, event -> {});
        clients.add(client);
        await().atMost(LIMIT).until(client::getState, ZooKeeper.States.CONNECTED::equals);
        return client;
    }

    @Test
    void shouldKeepSessionEphemeralsAndWatchesOnAnotherNode() throws Exception {
        // given: a client of a follower, and a follower's address first in its list
        int follower = nodes.leader() == 1 ? 2 : 1;
        ZooKeeper other = connect(nodes.address(nodes.leader()), 30_000);
        ZooKeeper client = connect(nodes.address(follower), 30_000);
        long session = client.getSessionId();
        client.create("/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        client.create("/w", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        List<WatchedEvent> once = new CopyOnWriteArrayList<>();
        List<WatchedEvent> recursive = new CopyOnWriteArrayList<>();
        client.getData("/w", once::add, null);
        client.addWatch("/w", recursive::add, AddWatchMode.PERSISTENT_RECURSIVE);

        // when: its node dies, something changes, and it finds the other nodes
        nodes.stop(follower);
        client.updateServerList(nodes.connectString());
        other.setData("/w", "changed".getBytes(UTF_8), -1);
        await().atMost(LIMIT).until(client::getState, ZooKeeper.States.CONNECTED::equals);

        // then
        assertThat(client.getData("/w", false, null)).isEqualTo("changed".getBytes(UTF_8));
        assertThat(client.getSessionId()).isEqualTo(session);
        assertThat(client.exists("/e", false).getEphemeralOwner()).isEqualTo(session);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(once)
                        .extracting(WatchedEvent::getType)
                        .filteredOn(type -> type != EventType.None)
                        .containsExactly(EventType.NodeDataChanged));

        // when
        other.create("/w/child", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

        // then
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(recursive)
                        .extracting(event -> event.getType() + " " + event.getPath())
                        .contains("NodeCreated /w/child"));
        nodes.start(follower);
    }

    @Test
    void shouldGoOnWhenTheLeaderDies() throws Exception {
        // given
        ZooKeeper client = connect(nodes.connectString(), 30_000);
        long session = client.getSessionId();
        client.create("/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);

        // when
        int dead = nodes.leader();
        nodes.stop(dead);

        // then
        await().atMost(LIMIT)
                .ignoreException(KeeperException.ConnectionLossException.class)
                .until(() -> client.create("/after", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL)
                        .startsWith("/after"));
        assertThat(client.getSessionId()).isEqualTo(session);
        assertThat(client.exists("/e", false).getEphemeralOwner()).isEqualTo(session);

        // when: it comes back and is asked itself
        nodes.start(dead);
        ZooKeeper late = connect(nodes.address(dead), 30_000);

        // then
        assertThat(late.exists("/e", false).getEphemeralOwner()).isEqualTo(session);
    }

    @Test
    void shouldTellTheClientsOfANodeThatIsCutOff() throws Exception {
        // given
        List<KeeperState> states = new CopyOnWriteArrayList<>();
        int alone = nodes.leader();
        ZooKeeper client = new ZooKeeper(nodes.address(alone), 30_000, event -> states.add(event.getState()));
        clients.add(client);
        await().atMost(LIMIT).until(client::getState, ZooKeeper.States.CONNECTED::equals);
        long session = client.getSessionId();

        // when
        List<Integer> others =
                ThreeZooKeeperNodes.NODES.stream().filter(node -> node != alone).toList();
        others.forEach(nodes::stop);

        // then: long before its timeout, and it does not get in again
        await().atMost(LIMIT).until(() -> states.contains(KeeperState.Disconnected));
        assertThat(states).containsExactly(KeeperState.SyncConnected, KeeperState.Disconnected);

        // when
        for (int other : others) {
            nodes.start(other);
        }

        // then
        await().atMost(LIMIT).until(client::getState, ZooKeeper.States.CONNECTED::equals);
        assertThat(client.getSessionId()).isEqualTo(session);
    }

    @Test
    void shouldAnswerAWriteThatNoCommandCanHoldInItsTurn() throws Exception {
        // given: a path that a request may have and a command may not
        ZooKeeper client = connect(nodes.connectString(), 30_000);
        String path = "/" + "p".repeat(70_000);
        List<Integer> codes = new CopyOnWriteArrayList<>();

        // when
        client.create("/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (rc, p, c, name) -> codes.add(rc), null);
        client.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (rc, p, c, name) -> codes.add(rc), null);
        client.create("/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (rc, p, c, name) -> codes.add(rc), null);

        // then
        await().atMost(LIMIT).until(() -> codes.size() == 3);
        assertThat(codes).containsExactly(0, KeeperException.Code.BADARGUMENTS.intValue(), 0);
    }

    @Test
    void shouldTakeTheTimeoutThatAClientComesBackWith() throws Exception {
        // given
        ZooKeeper first = connect(nodes.connectString(), 30_000);
        assertThat(first.getSessionTimeout()).isEqualTo(30_000);

        // when
        ZooKeeper second = new ZooKeeper(
                nodes.connectString(), 10_000, event -> {}, first.getSessionId(), first.getSessionPasswd());
        clients.add(second);
        await().atMost(LIMIT).until(second::getState, ZooKeeper.States.CONNECTED::equals);

        // then
        assertThat(second.getSessionId()).isEqualTo(first.getSessionId());
        assertThat(second.getSessionTimeout()).isEqualTo(10_000);
    }

    @Test
    void shouldExpireASessionWhoseClientIsGone() throws Exception {
        // given
        ZooKeeper watcher = connect(nodes.connectString(), 30_000);
        List<KeeperState> states = new CopyOnWriteArrayList<>();
        CompletableFuture<WatchedEvent> gone = new CompletableFuture<>();
        long deadSession;
        byte[] password;
        try (RawClient raw = new RawClient(port(1))) {
            var session = raw.connect(0, new byte[16], 0);
            deadSession = session.getSessionId();
            password = session.getPasswd();
            raw.send(1, OpCode.create, new CreateRequest("/short", null, Ids.OPEN_ACL_UNSAFE, 1));
            assertThat(raw.read().getErr()).isZero();
            sync(watcher);
            assertThat(watcher.exists("/short", gone::complete)).isNotNull();
        }

        // then
        assertThat(gone.get(60, TimeUnit.SECONDS).getType()).isEqualTo(EventType.NodeDeleted);
        ZooKeeper back = new ZooKeeper(
                nodes.connectString(), 30_000, event -> states.add(event.getState()), deadSession, password);
        clients.add(back);
        await().atMost(LIMIT).until(() -> states.contains(KeeperState.Expired));
    }

    @Test
    void shouldShowAllNodesWhatOneHasWritten() throws Exception {
        // given
        List<ZooKeeper> all = new ArrayList<>();
        for (int node : ThreeZooKeeperNodes.NODES) {
            all.add(connect(nodes.address(node), 30_000));
        }
        all.get(0).create("/n", "0".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

        for (int i = 1; i <= 30; i++) {
            // when
            byte[] data = Integer.toString(i).getBytes(UTF_8);
            all.get(i % 3).setData("/n", data, i - 1);

            // then: who syncs sees it, on any node
            ZooKeeper reader = all.get((i + 1) % 3);
            sync(reader);
            assertThat(reader.getData("/n", false, null)).isEqualTo(data);
        }
    }

    @Test
    void shouldShowAndGuardWhatTheBrokersKeep() throws Exception {
        // given
        ZooKeeper client = connect(nodes.connectString(), 30_000);
        nodes.metadata(1).started().get(60, TimeUnit.SECONDS);
        sync(client);
        CompletableFuture<WatchedEvent> changed = new CompletableFuture<>();
        assertThat(client.getChildren("/brokers/topics", changed::complete)).isEmpty();

        // when
        nodes.metadata(1).createTopic("orders", 1, 3, Map.of(), false).get(60, TimeUnit.SECONDS);

        // then
        assertThat(changed.get(60, TimeUnit.SECONDS).getType()).isEqualTo(EventType.NodeChildrenChanged);
        assertThat(client.getChildren("/brokers/topics", false)).containsExactly("orders");
        assertThat(client.getChildren("/brokers/ids", false)).isNotEmpty();
        assertThatThrownBy(() -> client.create("/brokers/x", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))
                .isInstanceOf(KeeperException.NoAuthException.class);
        assertThatThrownBy(() -> client.setData("/brokers/topics/orders", null, -1))
                .isInstanceOf(KeeperException.NoAuthException.class);
    }

    private int port(int node) {
        String address = nodes.address(node);
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    private static void sync(ZooKeeper client) throws Exception {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        client.sync("/", (rc, path, context) -> done.complete(rc), null);
        assertThat(done.get(60, TimeUnit.SECONDS)).isZero();
    }
}
