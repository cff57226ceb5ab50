package io.oarlog.metadata.zookeeper;

import static io.oarlog.metadata.zookeeper.TestClients.assertError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.CheckWatchesRequest;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.RemoveWatchesRequest;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.proto.SetWatches2;
import org.apache.zookeeper.proto.WatcherEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What each kind of watch tells, how often, and in which order with what the client reads. */
@Timeout(60)
class WatchIT {
    private static final int NOTIFICATION_XID = -1;

    @RegisterExtension
    final TestClients clients = new TestClients();

    private final Events events = new Events();
    private ZooKeeper zk;
    private String path;

    @BeforeEach
    void takeClient() {
        zk = clients.zk();
        path = clients.path("a");
    }

    /** After which all that the client was to be told before is there. */
    private void awaitLater() throws Exception {
        Events later = new Events();
        String last = clients.path("later");
        zk.exists(last, later);
        zk.create(last, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        later.awaitZnodes("NodeCreated " + last);
        zk.delete(last, -1);
    }

    private void changeAll() throws Exception {
        clients.create("a");
        zk.setData(path, null, -1);
        clients.create("a/child");
        zk.setData(path + "/child", null, -1);
        zk.delete(path + "/child", -1);
        zk.delete(path, -1);
    }

    @Test
    void shouldTellOnceThatDataChanged() throws Exception {
        clients.create("a");
        zk.getData(path, events, null);
        zk.setACL(path, Ids.OPEN_ACL_UNSAFE, -1);
        clients.create("a/child");
        Stat changed = zk.setData(path, null, -1);
        zk.setData(path, null, -1);
        awaitLater();

        events.awaitZnodes("NodeDataChanged " + path);
        assertThat(events.znodeEvents().get(0).getZxid()).isEqualTo(changed.getMzxid());
        assertThat(events.znodeEvents().get(0).getState()).isEqualTo(Watcher.Event.KeeperState.SyncConnected);
    }

    @Test
    void shouldTellThatAZnodeWithAWatchOnItsDataIsGone() throws Exception {
        clients.create("a");
        zk.getData(path, events, null);
        zk.delete(path, -1);
        awaitLater();
        events.awaitZnodes("NodeDeleted " + path);
    }

    @Test
    void shouldTellThatAZnodeCameIntoBeing() throws Exception {
        assertThat(zk.exists(path, events)).isNull();
        changeAll();
        awaitLater();
        events.awaitZnodes("NodeCreated " + path);
    }

    @Test
    void shouldTellThatAZnodeThatExistsChanged() throws Exception {
        clients.create("a");
        assertThat(zk.exists(path, events)).isNotNull();
        clients.create("a/child");
        zk.setData(path, null, -1);
        awaitLater();
        events.awaitZnodes("NodeDataChanged " + path);
    }

    @Test
    void shouldTellThatChildrenChanged() throws Exception {
        clients.create("a");
        clients.create("a/child");
        zk.getChildren(path, events);
        zk.setData(path, null, -1);
        zk.setData(path + "/child", null, -1);
        clients.create("a/child/grandchild");
        zk.delete(path + "/child/grandchild", -1);
        awaitLater();
        assertThat(events.ofZnodes()).isEmpty();
        zk.delete(path + "/child", -1);
        clients.create("a/child");
        awaitLater();
        events.awaitZnodes("NodeChildrenChanged " + path);
    }

    @Test
    void shouldTellThatAZnodeWithAWatchOnItsChildrenIsGone() throws Exception {
        clients.create("a");
        zk.getChildren(path, events, new Stat());
        zk.delete(path, -1);
        awaitLater();
        events.awaitZnodes("NodeDeleted " + path);
    }

    @Test
    void shouldTellAWatcherOfBothKindsOnceThatAZnodeIsGone() throws Exception {
        clients.create("a");
        zk.getData(path, events, null);
        zk.exists(path, events);
        zk.getChildren(path, events);
        zk.delete(path, -1);
        awaitLater();
        events.awaitZnodes("NodeDeleted " + path);
    }

    @Test
    void shouldTellEachWatcher() throws Exception {
        Events other = new Events();
        clients.create("a");
        zk.getData(path, events, null);
        zk.getData(path, other, null);
        zk.setData(path, null, -1);
        events.awaitZnodes("NodeDataChanged " + path);
        other.awaitZnodes("NodeDataChanged " + path);
    }

    @Test
    void shouldSetNoWatchWhenTheReadFails() throws Exception {
        assertError(Code.NONODE, () -> zk.getData(path, events, null));
        assertError(Code.NONODE, () -> zk.getChildren(path, events));
        changeAll();
        awaitLater();
        assertThat(events.ofZnodes()).isEmpty();
    }

    @Test
    void shouldTellWithAPersistentWatchAllOfOneZnode() throws Exception {
        zk.addWatch(path, events, AddWatchMode.PERSISTENT);
        changeAll();
        clients.create("a");
        awaitLater();
        events.awaitZnodes(
                "NodeCreated " + path,
                "NodeDataChanged " + path,
                "NodeChildrenChanged " + path,
                "NodeChildrenChanged " + path,
                "NodeDeleted " + path,
                "NodeCreated " + path);
    }

    @Test
    void shouldTellWithARecursiveWatchAllOfAllBelow() throws Exception {
        zk.addWatch(path, events, AddWatchMode.PERSISTENT_RECURSIVE);
        clients.create("ab");
        changeAll();
        clients.create("a");
        awaitLater();
        events.awaitZnodes(
                "NodeCreated " + path,
                "NodeDataChanged " + path,
                "NodeCreated " + path + "/child",
                "NodeDataChanged " + path + "/child",
                "NodeDeleted " + path + "/child",
                "NodeDeleted " + path,
                "NodeCreated " + path);
        List<Long> zxids =
                events.znodeEvents().stream().map(WatchedEvent::getZxid).toList();
        assertThat(zxids).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void shouldTellAClientOnceThatHasBothAPersistentAndAPlainWatch() throws Exception {
        Events plain = new Events();
        clients.create("a");
        zk.addWatch(path, events, AddWatchMode.PERSISTENT);
        zk.getData(path, plain, null);
        zk.setData(path, null, -1);
        zk.setData(path, null, -1);
        awaitLater();
        events.awaitZnodes("NodeDataChanged " + path, "NodeDataChanged " + path);
        plain.awaitZnodes("NodeDataChanged " + path);
    }

    @Test
    void shouldChangeAPersistentWatchIntoARecursiveOne() throws Exception {
        RawConnection raw = connectedRaw();
        raw.call(OpCode.addWatch, new org.apache.zookeeper.proto.AddWatchRequest(path, 0));
        raw.call(OpCode.addWatch, new org.apache.zookeeper.proto.AddWatchRequest(path, 1));
        raw.send(OpCode.create, new CreateRequest(path, null, Ids.OPEN_ACL_UNSAFE, 0));
        raw.send(OpCode.create, new CreateRequest(path + "/b", null, Ids.OPEN_ACL_UNSAFE, 0));
        assertThat(receiveEvents(raw, 2)).containsExactly("1 " + path, "1 " + path + "/b");
    }

    private RawConnection connectedRaw() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);
        return raw;
    }

    /** Reads replies until there are as many events, each as its type's number and its path. */
    private static List<String> receiveEvents(RawConnection raw, int count) throws Exception {
        List<String> received = new ArrayList<>();
        while (received.size() < count) {
            RawConnection.Reply reply = raw.receive();
            if (reply.header().getXid() == NOTIFICATION_XID) {
                WatcherEvent event = reply.body(WatcherEvent::new);
                received.add(event.getType() + " " + event.getPath());
            }
        }
        return received;
    }

    @Test
    void shouldSendAnEventBeforeTheReplyThatFollowsIt() throws Exception {
        // given
        clients.create("a");
        RawConnection raw = connectedRaw();
        raw.call(OpCode.getData, new GetDataRequest(path, true));

        // when
        int xid = raw.send(OpCode.setData, new SetDataRequest(path, null, -1));

        // then
        RawConnection.Reply first = raw.receive();
        RawConnection.Reply second = raw.receive();
        assertThat(first.header().getXid()).isEqualTo(NOTIFICATION_XID);
        assertThat(second.header().getXid()).isEqualTo(xid);
        assertThat(first.header().getZxid()).isEqualTo(second.header().getZxid());
    }

    @Test
    void shouldTellBeforeTheNewDataCanBeRead() throws Exception {
        clients.create("a");
        ZooKeeper reader = clients.connectTo(1);
        for (int i = 0; i < 20; i++) {
            // given
            Events told = new Events();
            int version = i;
            Stat seen = new Stat();
            reader.sync(path, (code, synced, context) -> {}, null);
            reader.getData(path, told, seen);
            assertThat(seen.getVersion()).isEqualTo(version);

            // when
            zk.setData(path, null, version, (code, changed, context, stat) -> {}, null);
            AtomicReference<Boolean> wasToldBefore = new AtomicReference<>();
            while (wasToldBefore.get() == null) {
                reader.getData(
                        path,
                        false,
                        (code, read, context, data, stat) -> {
                            if (stat.getVersion() > version) {
                                wasToldBefore.compareAndSet(
                                        null, !told.ofZnodes().isEmpty());
                            }
                        },
                        null);
                reader.exists(clients.root(), false);
            }

            // then
            assertThat(wasToldBefore.get()).isTrue();
        }
    }

    @Test
    void shouldTellAllClientsInTheSameOrder() throws Exception {
        List<Events> told = new ArrayList<>();
        for (int node = 1; node <= Ensemble.NODES; node++) {
            told.add(new Events());
            clients.connectTo(node).addWatch(clients.root(), told.get(node - 1), AddWatchMode.PERSISTENT_RECURSIVE);
        }
        List<ZooKeeper> writers = Arrays.asList(clients.connectTo(1), clients.connectTo(2), clients.connectTo(3));
        for (int i = 0; i < 300; i++) {
            writers.get(i % 3)
                    .create(
                            clients.path("n" + i),
                            null,
                            Ids.OPEN_ACL_UNSAFE,
                            CreateMode.PERSISTENT,
                            (code, created, context, name) -> {},
                            null);
        }
        await().atMost(Ensemble.LIMIT)
                .until(() -> told.stream().allMatch(each -> each.ofZnodes().size() >= 300));
        assertThat(told.get(1).ofZnodes()).isEqualTo(told.get(0).ofZnodes()).hasSize(300);
        assertThat(told.get(2).ofZnodes()).isEqualTo(told.get(0).ofZnodes());
    }

    @Test
    void shouldTellThatAnEphemeralEndedWithItsSession() throws Exception {
        ZooKeeper owner = clients.connect();
        owner.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        zk.sync(path, (code, synced, context) -> {}, null);
        zk.exists(path, events);
        zk.getChildren(clients.root(), events);
        owner.close();
        await().atMost(Ensemble.LIMIT).until(() -> events.ofZnodes().size() == 2);
        assertThat(events.ofZnodes())
                .containsExactlyInAnyOrder("NodeDeleted " + path, "NodeChildrenChanged " + clients.root());
    }

    @Test
    void shouldForgetARemovedWatch() throws Exception {
        // given
        clients.create("a");
        Events children = new Events();
        zk.getData(path, events, null);
        zk.getChildren(path, children);

        // when
        zk.removeWatches(path, events, WatcherType.Data, false);

        // then
        events.awaitZnodes("DataWatchRemoved " + path);
        zk.setData(path, null, -1);
        clients.create("a/child");
        children.awaitZnodes("NodeChildrenChanged " + path);
        events.awaitZnodes("DataWatchRemoved " + path);
        assertError(Code.NOWATCHER, () -> zk.removeWatches(path, events, WatcherType.Data, false));
        assertError(Code.NOWATCHER, () -> zk.removeAllWatches(path, WatcherType.Any, false));
    }

    @Test
    void shouldForgetAllRemovedWatches() throws Exception {
        clients.create("a");
        Events children = new Events();
        Events persistent = new Events();
        Events recursive = new Events();
        zk.getData(path, events, null);
        zk.getChildren(path, children);
        zk.addWatch(path, persistent, AddWatchMode.PERSISTENT);
        zk.removeAllWatches(path, WatcherType.Any, false);
        events.awaitZnodes("DataWatchRemoved " + path);
        children.awaitZnodes("ChildWatchRemoved " + path);
        persistent.awaitZnodes("PersistentWatchRemoved " + path);
        zk.addWatch(path, recursive, AddWatchMode.PERSISTENT_RECURSIVE);
        zk.removeWatches(path, recursive, WatcherType.PersistentRecursive, false);
        zk.setData(path, null, -1);
        zk.delete(path, -1);
        awaitLater();
        events.awaitZnodes("DataWatchRemoved " + path);
        persistent.awaitZnodes("PersistentWatchRemoved " + path);
        assertThat(recursive.ofZnodes()).hasSize(1);
    }

    @Test
    void shouldKnowWhichWatchesThereAre() throws Exception {
        clients.create("a");
        RawConnection raw = connectedRaw();
        raw.call(OpCode.getData, new GetDataRequest(path, true));
        int none = Code.NOWATCHER.intValue();
        int data = WatcherType.Data.getIntValue();
        int children = WatcherType.Children.getIntValue();
        int any = WatcherType.Any.getIntValue();

        assertThat(raw.call(OpCode.checkWatches, new CheckWatchesRequest(path, data))
                        .header()
                        .getErr())
                .isZero();
        assertThat(raw.call(OpCode.checkWatches, new CheckWatchesRequest(path, any))
                        .header()
                        .getErr())
                .isZero();
        assertThat(raw.call(OpCode.checkWatches, new CheckWatchesRequest(path, children))
                        .header()
                        .getErr())
                .isEqualTo(none);
        assertThat(raw.call(OpCode.removeWatches, new RemoveWatchesRequest(path, children))
                        .header()
                        .getErr())
                .isEqualTo(none);
        assertThat(raw.call(OpCode.removeWatches, new RemoveWatchesRequest(path, data))
                        .header()
                        .getErr())
                .isZero();
        assertThat(raw.call(OpCode.checkWatches, new CheckWatchesRequest(path, any))
                        .header()
                        .getErr())
                .isEqualTo(none);
    }

    @Test
    void shouldTellAfterAReconnectWhatHappenedMeanwhile() throws Exception {
        // given: what a client that was away says it watches
        Stat before = new Stat();
        zk.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, before);
        for (String name : List.of("changed", "deleted", "same", "parent")) {
            clients.create(name);
        }
        long seen = zk.exists(clients.path("parent"), false).getCzxid();
        zk.setData(clients.path("changed"), null, -1);
        zk.delete(clients.path("deleted"), -1);
        clients.create("created");
        clients.create("parent/child");

        // when
        RawConnection raw = connectedRaw();
        raw.call(OpCode.sync, new org.apache.zookeeper.proto.SyncRequest(path));
        raw.send(
                OpCode.setWatches2,
                new SetWatches2(
                        seen,
                        List.of(clients.path("changed"), clients.path("deleted"), clients.path("same")),
                        List.of(clients.path("created"), clients.path("still-none")),
                        List.of(clients.path("parent"), clients.path("same")),
                        List.of(),
                        List.of(clients.path("recursive"))));

        // then
        assertThat(receiveEvents(raw, 4))
                .containsExactlyInAnyOrder(
                        "3 " + clients.path("changed"),
                        "2 " + clients.path("deleted"),
                        "1 " + clients.path("created"),
                        "4 " + clients.path("parent"));
        zk.setData(clients.path("same"), null, -1);
        clients.create("still-none");
        clients.create("same/child");
        clients.create("recursive");
        assertThat(receiveEvents(raw, 4))
                .containsExactly(
                        "3 " + clients.path("same"),
                        "1 " + clients.path("still-none"),
                        "4 " + clients.path("same"),
                        "1 " + clients.path("recursive"));
    }

    @Test
    void shouldKeepWatchesWhenTheClientMoves() throws Exception {
        // given
        clients.create("a");
        Events connection = new Events();
        ZooKeeper mover = clients.connect(clients.ensemble().connectString(), connection);
        mover.getData(path, events, null);
        mover.exists(clients.path("none"), events);
        mover.addWatch(clients.root(), events, AddWatchMode.PERSISTENT_RECURSIVE);

        // when
        mover.getTestable().closeSocket();
        connection.awaitState(Watcher.Event.KeeperState.Disconnected);
        await().atMost(Ensemble.LIMIT).until(() -> mover.getState().isConnected());
        mover.exists(path, false);
        zk.setData(path, null, -1);
        clients.create("none");

        // then
        events.awaitZnodes("NodeDataChanged " + path, "NodeCreated " + clients.path("none"));
    }
}
