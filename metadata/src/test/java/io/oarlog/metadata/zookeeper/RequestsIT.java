package io.oarlog.metadata.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.Clock;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.StatsTrack;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.cli.ListQuotaCommand;
import org.apache.zookeeper.cli.SetQuotaCommand;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every operation of the real Java client against one server on a stream of commands in this process. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class RequestsIT {
    private final SharedStream stream = new SharedStream();
    private final List<ZooKeeper> clients = new ArrayList<>();
    private ZooKeeperServer server;
    private ZooKeeper client;

    @BeforeEach
    void start() throws Exception {
        server = ZooKeeperServer.start(
                ZooKeeperSettings.defaults("127.0.0.1", 0)
                        .withSessionTimeouts(1000, 40_000)
                        .withEnforcedQuotas(true)
                        .withSuperDigest(Optional.of(DigestAuthenticationProvider.generateDigest("root:secret"))),
                stream.newNode(1),
                () -> new EnsembleStatus(1, 1, OptionalInt.of(1), 0),
                () -> new StorageSizes(0, 0),
                Clock.system(),
                new SecureRandom());
        client = connect();
    }

    @AfterEach
    void stop() throws Exception {
        for (ZooKeeper each : clients) {
            each.close(1000);
        }
        server.close();
        stream.close();
    }

    private ZooKeeper connect() throws IOException, InterruptedException {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper opened = new ZooKeeper(
                "127.0.0.1:" + server.port(), 10_000, event -> connected.countDown(), new ZKClientConfig());
        clients.add(opened);
        assertThat(connected.await(30, TimeUnit.SECONDS)).isTrue();
        return opened;
    }

    @Test
    void shouldCreateReadChangeAndDelete() throws Exception {
        // when
        Stat created = new Stat();
        String path = client.create("/a", "one".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, created);
        Stat read = new Stat();
        byte[] data = client.getData("/a", false, read);
        Stat changed = client.setData("/a", "two".getBytes(UTF_8), 0);

        // then
        assertThat(path).isEqualTo("/a");
        assertThat(data).isEqualTo("one".getBytes(UTF_8));
        assertThat(read).isEqualTo(created);
        assertThat(changed.getVersion()).isEqualTo(1);
        assertThat(changed.getMzxid()).isGreaterThan(created.getMzxid());
        assertThat(client.exists("/a", false)).isEqualTo(changed);
        assertThat(client.exists("/b", false)).isNull();
        assertThatThrownBy(() -> client.setData("/a", new byte[0], 0))
                .isInstanceOf(KeeperException.BadVersionException.class);
        assertThatThrownBy(() -> client.getData("/b", false, null)).isInstanceOf(KeeperException.NoNodeException.class);
        assertThatThrownBy(() -> client.create("/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))
                .isInstanceOf(KeeperException.NodeExistsException.class);

        // when
        client.delete("/a", 1);

        // then
        assertThat(client.exists("/a", false)).isNull();
    }

    @Test
    void shouldKeepNullApartFromEmptyData() throws Exception {
        client.create("/null", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/empty", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

        assertThat(client.getData("/null", false, null)).isNull();
        assertThat(client.getData("/empty", false, null)).isEmpty();
    }

    @Test
    void shouldListChildrenAndEphemerals() throws Exception {
        // given
        client.create("/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER);
        client.create("/a/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        String sequential = client.create("/a/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL);
        client.create("/other", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);

        // when
        Stat stat = new Stat();
        List<String> children = client.getChildren("/a", false, stat);

        // then
        assertThat(sequential).isEqualTo("/a/s-0000000001");
        assertThat(children).containsExactlyInAnyOrder("e", "s-0000000001");
        assertThat(stat.getNumChildren()).isEqualTo(2);
        assertThat(stat.getEphemeralOwner()).isZero();
        assertThat(client.getChildren("/a", false)).hasSize(2);
        assertThat(client.getAllChildrenNumber("/a")).isEqualTo(2);
        assertThat(client.getEphemerals()).hasSize(3);
        assertThat(client.getEphemerals("/a")).containsExactlyInAnyOrder("/a/e", sequential);
    }

    @Test
    void shouldRefuseTimesToLive() {
        assertThatThrownBy(() -> client.create(
                        "/t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, new Stat(), 1000))
                .isInstanceOf(KeeperException.UnimplementedException.class);
    }

    @Test
    void shouldGuardAccess() throws Exception {
        // given
        client.addAuthInfo("digest", "anna:secret".getBytes(UTF_8));
        client.create("/private", new byte[1], Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        client.create(
                "/readable",
                null,
                Arrays.asList(
                        new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE),
                        new ACL(Perms.ALL, new Id("digest", "anna:" + "x".repeat(28)))),
                CreateMode.PERSISTENT);
        client.create(
                "/byAddress",
                null,
                Arrays.asList(new ACL(Perms.ALL, new Id("ip", "127.0.0.0/8"))),
                CreateMode.PERSISTENT);
        ZooKeeper stranger = connect();

        // then
        assertThat(client.getData("/private", false, null)).hasSize(1);
        assertThat(client.getACL("/private", null).get(0).getId().getId())
                .startsWith("anna:")
                .doesNotContain("secret");
        assertThat(stranger.getData("/byAddress", false, null)).isNull();
        assertThatThrownBy(() -> stranger.getData("/private", false, null))
                .isInstanceOf(KeeperException.NoAuthException.class);
        assertThatThrownBy(() -> stranger.exists("/private", false))
                .isInstanceOf(KeeperException.NoAuthException.class);
        assertThatThrownBy(() -> stranger.setData("/private", null, -1))
                .isInstanceOf(KeeperException.NoAuthException.class);
        assertThat(stranger.getACL("/readable", null).get(1).getId().getId()).isEqualTo("anna:x");
        assertThatThrownBy(() -> stranger.create("/n", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT))
                .isInstanceOf(KeeperException.InvalidACLException.class);
        assertThatThrownBy(() -> stranger.create("/n", null, new ArrayList<>(), CreateMode.PERSISTENT))
                .isInstanceOf(KeeperException.InvalidACLException.class);

        // when
        Stat stat = client.setACL("/private", Ids.READ_ACL_UNSAFE, 0);

        // then
        assertThat(stat.getAversion()).isEqualTo(1);
        assertThat(stranger.getData("/private", false, null)).hasSize(1);
        assertThat(client.whoAmI())
                .extracting(info -> info.getAuthScheme() + ":" + info.getUser())
                .containsExactly("ip:127.0.0.1", "digest:anna");
    }

    @Test
    void shouldLetTheSuperUserPassAccessLists() throws Exception {
        // given
        client.addAuthInfo("digest", "anna:secret".getBytes(UTF_8));
        client.create("/private", new byte[1], Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        ZooKeeper root = connect();

        // when
        root.addAuthInfo("digest", "root:secret".getBytes(UTF_8));

        // then
        assertThat(root.getData("/private", false, null)).hasSize(1);
        assertThat(root.setACL("/private", Ids.READ_ACL_UNSAFE, 0).getAversion())
                .isEqualTo(1);
        assertThat(root.whoAmI())
                .extracting(info -> info.getAuthScheme() + ":" + info.getUser())
                .containsExactlyInAnyOrder("ip:127.0.0.1", "super:", "digest:root");
        root.create("/roots", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        assertThat(root.getACL("/roots", null))
                .extracting(acl -> acl.getId().getScheme())
                .containsExactly("digest");
        assertThatThrownBy(() -> client.setData("/private", null, -1))
                .isInstanceOf(KeeperException.NoAuthException.class);
    }

    @Test
    void shouldEnforceHardQuotas() throws Exception {
        // given
        client.create("/q", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        StatsTrack limits = new StatsTrack();
        limits.setCountHardLimit(2);
        SetQuotaCommand.createQuota(client, "/q", limits);

        // when
        client.create("/q/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

        // then
        assertThatThrownBy(() -> client.create("/q/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))
                .isInstanceOf(KeeperException.QuotaExceededException.class);
        client.setData("/q", new byte[100], -1);
        assertThat(ListQuotaCommand.listQuota(client, "/q").get(1).toString()).isEqualTo("count=2,bytes=100");
    }

    @Test
    void shouldDoAllOfAMultiOrNothing() throws Exception {
        // when
        List<OpResult> done = client.multi(List.of(
                Op.create("/m", "x".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                Op.setData("/m", "y".getBytes(UTF_8), 0),
                Op.check("/m", 1),
                Op.create("/m/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                Op.delete("/m/c", -1)));

        // then
        assertThat(done).hasSize(5);
        assertThat(((OpResult.CreateResult) done.get(0)).getPath()).isEqualTo("/m");
        assertThat(((OpResult.SetDataResult) done.get(1)).getStat().getVersion())
                .isEqualTo(1);

        // when
        List<OpResult> results = new ArrayList<>();
        assertThatThrownBy(() -> client.multi(List.of(
                        Op.setData("/m", "z".getBytes(UTF_8), 1),
                        Op.delete("/absent", -1),
                        Op.create("/n", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))))
                .isInstanceOfSatisfying(
                        KeeperException.NoNodeException.class, failure -> results.addAll(failure.getResults()));

        // then
        assertThat(results)
                .extracting(result -> ((OpResult.ErrorResult) result).getErr())
                .containsExactly(0, KeeperException.Code.NONODE.intValue(), -2);
        assertThat(client.getData("/m", false, null)).isEqualTo("y".getBytes(UTF_8));

        // when: what the server cannot do has its turn as well
        results.clear();
        assertThatThrownBy(() -> client.multi(List.of(
                        Op.setData("/m", "z".getBytes(UTF_8), 1),
                        Op.create("/t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL.toFlag(), 1000))))
                .isInstanceOfSatisfying(
                        KeeperException.UnimplementedException.class, failure -> results.addAll(failure.getResults()));

        // then
        assertThat(results)
                .extracting(result -> ((OpResult.ErrorResult) result).getErr())
                .containsExactly(0, KeeperException.Code.UNIMPLEMENTED.intValue());
    }

    @Test
    void shouldReadManyWithOneResultEach() throws Exception {
        // given
        client.create("/a", "x".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/a/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

        // when
        List<OpResult> results = client.multi(List.of(Op.getData("/a"), Op.getData("/no"), Op.getChildren("/a")));

        // then
        assertThat(((OpResult.GetDataResult) results.get(0)).getData()).isEqualTo("x".getBytes(UTF_8));
        assertThat(((OpResult.ErrorResult) results.get(1)).getErr()).isEqualTo(KeeperException.Code.NONODE.intValue());
        assertThat(((OpResult.GetChildrenResult) results.get(2)).getChildren()).containsExactly("b");
    }

    @Test
    void shouldTellWatchersOnceOrForEver() throws Exception {
        // given
        List<WatchedEvent> once = new ArrayList<>();
        List<WatchedEvent> persistent = new ArrayList<>();
        List<WatchedEvent> recursive = new ArrayList<>();
        ZooKeeper watching = connect();
        watching.exists("/w", once::add);
        watching.addWatch("/w", persistent::add, AddWatchMode.PERSISTENT);
        watching.addWatch("/", recursive::add, AddWatchMode.PERSISTENT_RECURSIVE);

        // when
        client.create("/w", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.setData("/w", null, -1);
        client.create("/w/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.delete("/w/c", -1);
        client.delete("/w", -1);
        sync(watching);

        // then
        assertThat(once).extracting(WatchedEvent::getType).containsExactly(EventType.NodeCreated);
        assertThat(persistent)
                .extracting(WatchedEvent::getType)
                .containsExactly(
                        EventType.NodeCreated,
                        EventType.NodeDataChanged,
                        EventType.NodeChildrenChanged,
                        EventType.NodeChildrenChanged,
                        EventType.NodeDeleted);
        assertThat(recursive)
                .extracting(event -> event.getType() + " " + event.getPath())
                .containsExactly(
                        "NodeCreated /w",
                        "NodeDataChanged /w",
                        "NodeCreated /w/c",
                        "NodeDeleted /w/c",
                        "NodeDeleted /w");
    }

    @Test
    void shouldRemoveWatches() throws Exception {
        // given
        client.create("/w", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        List<WatchedEvent> events = new ArrayList<>();
        org.apache.zookeeper.Watcher watcher = events::add;
        client.getChildren("/w", watcher);

        // when
        client.removeWatches("/w", watcher, WatcherType.Children, false);
        client.create("/w/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        sync(client);

        // then
        assertThat(events).extracting(WatchedEvent::getType).containsExactly(EventType.ChildWatchRemoved);
        assertThatThrownBy(() -> client.removeWatches("/w", watcher, WatcherType.Any, false))
                .isInstanceOf(KeeperException.NoWatcherException.class);
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrderEachReadBehindItsWriteOnly() throws Exception {
        // given
        client.create("/p", "0".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        List<CompletableFuture<String>> reads = new ArrayList<>();
        List<String> order = Collections.synchronizedList(new ArrayList<>());

        // when
        for (int i = 1; i <= 200; i++) {
            byte[] data = Integer.toString(i).getBytes(UTF_8);
            int number = i;
            client.setData("/p", data, -1, (rc, path, context, stat) -> order.add("w" + number), null);
            CompletableFuture<String> read = new CompletableFuture<>();
            reads.add(read);
            client.getData(
                    "/p",
                    false,
                    (rc, path, context, value, stat) -> {
                        order.add("r" + number);
                        read.complete(new String(value, UTF_8));
                    },
                    null);
        }

        // then
        for (int i = 1; i <= 200; i++) {
            assertThat(reads.get(i - 1).get(30, TimeUnit.SECONDS)).isEqualTo(Integer.toString(i));
        }
        List<String> expected = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            expected.addAll(List.of("w" + i, "r" + i));
        }
        assertThat(order).isEqualTo(expected);
    }

    private static void sync(ZooKeeper client) throws Exception {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        client.sync("/", (rc, path, context) -> done.complete(rc), null);
        assertThat(done.get(30, TimeUnit.SECONDS)).isZero();
    }
}
