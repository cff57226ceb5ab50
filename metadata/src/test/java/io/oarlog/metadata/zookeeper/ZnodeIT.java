package io.oarlog.metadata.zookeeper;

import static io.oarlog.metadata.zookeeper.TestClients.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.CreateTTLRequest;
import org.apache.zookeeper.proto.DeleteRequest;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.proto.SetDataResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the requests on one znode answer: results, stats, and the error codes in the order in which they are found. */
@Timeout(60)
class ZnodeIT {
    private static final int BAD_ARGUMENTS = Code.BADARGUMENTS.intValue();

    @RegisterExtension
    final TestClients clients = new TestClients();

    private ZooKeeper zk;
    private String root;

    @BeforeEach
    void takeClient() {
        zk = clients.zk();
        root = clients.root();
    }

    @Test
    void shouldAnswerTheStatOfANewZnode() throws Exception {
        // when
        Stat created = new Stat();
        String path = zk.create(
                clients.path("a"), "data".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, created);

        // then
        assertThat(path).isEqualTo(clients.path("a"));
        assertThat(created.getCzxid())
                .isPositive()
                .isEqualTo(created.getMzxid())
                .isEqualTo(created.getPzxid());
        assertThat(created.getCtime()).isEqualTo(created.getMtime());
        assertThat(created.getCtime())
                .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis() + 1000);
        assertThat(created)
                .isEqualTo(new Stat(
                        created.getCzxid(),
                        created.getCzxid(),
                        created.getCtime(),
                        created.getCtime(),
                        0,
                        0,
                        0,
                        0,
                        4,
                        0,
                        created.getCzxid()));
        assertThat(zk.exists(path, false)).isEqualTo(created);
        Stat read = new Stat();
        assertThat(zk.getData(path, false, read)).asString().isEqualTo("data");
        assertThat(read).isEqualTo(created);
    }

    @Test
    void shouldCountCreatesAndDeletesAtTheParent() throws Exception {
        // given
        Stat before = zk.exists(root, false);

        // when
        clients.create("a");
        clients.create("b");
        Stat created = zk.exists(root, false);
        zk.delete(clients.path("a"), 0);

        // then
        Stat deleted = zk.exists(root, false);
        assertThat(created.getCversion()).isEqualTo(2);
        assertThat(created.getNumChildren()).isEqualTo(2);
        assertThat(created.getPzxid())
                .isEqualTo(zk.exists(clients.path("b"), false).getCzxid());
        assertThat(deleted.getCversion()).isEqualTo(3);
        assertThat(deleted.getNumChildren()).isEqualTo(1);
        assertThat(deleted.getPzxid()).isGreaterThan(created.getPzxid());
        assertThat(List.of(deleted.getMzxid(), deleted.getMtime(), (long) deleted.getVersion()))
                .containsExactly(before.getMzxid(), before.getMtime(), 0L);
    }

    @Test
    void shouldChangeTheDataAlone() throws Exception {
        // given
        clients.create("a");
        clients.create("a/child");
        Stat before = zk.exists(clients.path("a"), false);
        Stat parent = zk.exists(root, false);

        // when
        Stat changed = zk.setData(clients.path("a"), new byte[] {1, 2, 3}, 0);

        // then
        assertThat(changed.getMzxid()).isGreaterThan(before.getMzxid());
        assertThat(changed.getMtime()).isGreaterThanOrEqualTo(before.getMtime());
        assertThat(changed)
                .isEqualTo(new Stat(
                        before.getCzxid(),
                        changed.getMzxid(),
                        before.getCtime(),
                        changed.getMtime(),
                        1,
                        1,
                        0,
                        0,
                        3,
                        1,
                        before.getPzxid()));
        assertThat(zk.exists(clients.path("a"), false)).isEqualTo(changed);
        assertThat(zk.exists(root, false)).isEqualTo(parent);
        assertThat(zk.setData(clients.path("a"), null, -1).getVersion()).isEqualTo(2);
        assertThat(zk.setData(clients.path("a"), null, 2).getVersion()).isEqualTo(3);
    }

    @Test
    void shouldTellNoDataFromEmptyData() throws Exception {
        // when
        zk.create(clients.path("none"), null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.create(clients.path("empty"), new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

        // then
        assertThat(zk.getData(clients.path("none"), false, null)).isNull();
        assertThat(zk.getData(clients.path("empty"), false, null)).isEmpty();
        assertThat(zk.exists(clients.path("none"), false).getDataLength()).isZero();
        zk.setData(clients.path("empty"), null, -1);
        zk.setData(clients.path("none"), new byte[0], -1);
        assertThat(zk.getData(clients.path("empty"), false, null)).isNull();
        assertThat(zk.getData(clients.path("none"), false, null)).isEmpty();
    }

    @Test
    void shouldRefuseToCreateWhereItCannot() throws Exception {
        clients.create("a");
        clients.create("ephemeral", CreateMode.EPHEMERAL);
        assertError(Code.NODEEXISTS, () -> clients.create("a"));
        assertError(Code.NODEEXISTS, () -> clients.create("a", CreateMode.EPHEMERAL));
        assertError(Code.NONODE, () -> clients.create("none/a"));
        assertError(Code.NOCHILDRENFOREPHEMERALS, () -> clients.create("ephemeral/a"));
        assertError(
                Code.NOCHILDRENFOREPHEMERALS, () -> clients.create("ephemeral/a-", CreateMode.PERSISTENT_SEQUENTIAL));
        assertError(Code.NODEEXISTS, () -> zk.create("/", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        assertThat(zk.getChildren(root, false)).containsExactlyInAnyOrder("a", "ephemeral");
    }

    @ParameterizedTest
    @EnumSource(
            value = CreateMode.class,
            names = {"PERSISTENT_WITH_TTL", "PERSISTENT_SEQUENTIAL_WITH_TTL"})
    void shouldKnowNoTimeToLive(CreateMode mode) {
        assertError(
                Code.UNIMPLEMENTED,
                () -> zk.create(clients.path("ttl"), null, Ids.OPEN_ACL_UNSAFE, mode, new Stat(), 1_000));
    }

    @Test
    void shouldRefuseToSetTheDataOfNoPath() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);

        assertThat(raw.call(OpCode.setData, new SetDataRequest(null, new byte[0], -1))
                        .header()
                        .getErr())
                .isEqualTo(BAD_ARGUMENTS);
    }

    @Test
    void shouldTellTimesToLiveFromModesThatAreNone() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);

        for (int ttl : new int[] {-1, 0, 1_000}) {
            assertThat(errorOfTtl(raw, CreateMode.PERSISTENT_WITH_TTL.toFlag(), ttl))
                    .isEqualTo(Code.UNIMPLEMENTED.intValue());
        }
        assertThat(errorOfTtl(raw, CreateMode.PERSISTENT.toFlag(), 0)).isEqualTo(BAD_ARGUMENTS);
        assertThat(errorOfTtl(raw, CreateMode.EPHEMERAL.toFlag(), 1_000)).isEqualTo(BAD_ARGUMENTS);
        for (int flags : new int[] {-1, 7, 100}) {
            assertThat(errorOfTtl(raw, flags, 1_000)).isEqualTo(BAD_ARGUMENTS);
            assertThat(errorOfCreate(raw, OpCode.create, flags)).isEqualTo(BAD_ARGUMENTS);
            assertThat(errorOfCreate(raw, OpCode.create2, flags)).isEqualTo(BAD_ARGUMENTS);
            assertThat(errorOfCreate(raw, OpCode.createContainer, flags)).isEqualTo(BAD_ARGUMENTS);
        }
        for (int flags : new int[] {5, 6}) {
            assertThat(errorOfCreate(raw, OpCode.create, flags)).isEqualTo(Code.UNIMPLEMENTED.intValue());
        }
        assertThat(zk.getChildren(root, false)).isEmpty();
    }

    private int errorOfTtl(RawConnection raw, int flags, long ttl) throws Exception {
        return raw.call(
                        OpCode.createTTL,
                        new CreateTTLRequest(clients.path("ttl"), null, Ids.OPEN_ACL_UNSAFE, flags, ttl))
                .header()
                .getErr();
    }

    private int errorOfCreate(RawConnection raw, int operation, int flags) throws Exception {
        return raw.call(operation, new CreateRequest(clients.path("a"), null, Ids.OPEN_ACL_UNSAFE, flags))
                .header()
                .getErr();
    }

    @Test
    void shouldNumberSequentialZnodesByTheCreatesBelowTheParent() throws Exception {
        assertThat(clients.create("a-", CreateMode.PERSISTENT_SEQUENTIAL)).isEqualTo(clients.path("a-0000000000"));
        assertThat(clients.create("b-", CreateMode.EPHEMERAL_SEQUENTIAL)).isEqualTo(clients.path("b-0000000001"));
        clients.create("plain");
        zk.delete(clients.path("a-0000000000"), -1);
        assertError(Code.NODEEXISTS, () -> clients.create("plain"));
        assertThat(clients.create("a-", CreateMode.PERSISTENT_SEQUENTIAL)).isEqualTo(clients.path("a-0000000003"));
        assertThat(clients.create("", CreateMode.PERSISTENT_SEQUENTIAL)).isEqualTo(clients.path("0000000004"));
        assertThat(zk.exists(root, false).getCversion()).isEqualTo(6);
        zk.setData(root, null, -1);
        assertThat(clients.create("a-", CreateMode.PERSISTENT_SEQUENTIAL)).isEqualTo(clients.path("a-0000000005"));
    }

    @Test
    void shouldSkipNoNumberForAChildThatIsThere() throws Exception {
        clients.create("a-0000000001");
        assertError(Code.NODEEXISTS, () -> clients.create("a-", CreateMode.PERSISTENT_SEQUENTIAL));
        clients.create("b");
        assertThat(clients.create("a-", CreateMode.PERSISTENT_SEQUENTIAL)).isEqualTo(clients.path("a-0000000002"));
    }

    @Test
    void shouldNameTheOwnerOfAZnode() throws Exception {
        clients.create("ephemeral", CreateMode.EPHEMERAL);
        String sequential = clients.create("sequential-", CreateMode.EPHEMERAL_SEQUENTIAL);
        clients.create("container", CreateMode.CONTAINER);

        assertThat(zk.exists(clients.path("ephemeral"), false).getEphemeralOwner())
                .isEqualTo(zk.getSessionId());
        assertThat(zk.exists(sequential, false).getEphemeralOwner()).isEqualTo(zk.getSessionId());
        assertThat(zk.exists(clients.path("container"), false).getEphemeralOwner())
                .isZero();
        assertThat(clients.create("container/child")).isEqualTo(clients.path("container/child"));
        assertThat(zk.getEphemerals()).containsExactlyInAnyOrder(clients.path("ephemeral"), sequential);
        assertThat(zk.getEphemerals(clients.path("seq"))).containsExactly(sequential);
        assertThat(zk.getEphemerals(clients.path("none"))).isEmpty();
    }

    @Test
    void shouldRefuseToDeleteWhatItCannot() throws Exception {
        clients.create("a");
        clients.create("a/child");
        zk.setData(clients.path("a"), null, -1);

        assertError(Code.NONODE, () -> zk.delete(clients.path("none"), -1));
        assertError(Code.NONODE, () -> zk.delete(clients.path("none/child"), -1));
        assertError(Code.BADVERSION, () -> zk.delete(clients.path("a"), 0));
        assertError(Code.NOTEMPTY, () -> zk.delete(clients.path("a"), 1));
        assertError(Code.NOTEMPTY, () -> zk.delete(clients.path("a"), -1));
        assertError(Code.BADARGUMENTS, () -> zk.delete("/", -1));
        zk.delete(clients.path("a/child"), 0);
        zk.delete(clients.path("a"), 1);
        assertThat(zk.exists(clients.path("a"), false)).isNull();
    }

    @Test
    void shouldRefuseToChangeWhatItCannot() throws Exception {
        clients.create("a");
        assertError(Code.NONODE, () -> zk.setData(clients.path("none"), null, -1));
        assertError(Code.BADVERSION, () -> zk.setData(clients.path("a"), null, 1));
        assertError(Code.BADVERSION, () -> zk.setData(clients.path("a"), null, -2));
        assertThat(zk.exists(clients.path("a"), false).getVersion()).isZero();
    }

    @Test
    void shouldRefuseToReadWhatIsNotThere() {
        assertThat(List.of(
                        TestClients.codeOf(() -> zk.getData(clients.path("none"), false, null)),
                        TestClients.codeOf(() -> zk.getChildren(clients.path("none"), false)),
                        TestClients.codeOf(() -> zk.getChildren(clients.path("none"), false, new Stat())),
                        TestClients.codeOf(() -> zk.getAllChildrenNumber(clients.path("none"))),
                        TestClients.codeOf(() -> zk.getACL(clients.path("none"), new Stat()))))
                .containsOnly(Code.NONODE);
    }

    @Test
    void shouldListChildrenAndCountAllBelow() throws Exception {
        clients.create("a");
        clients.create("a/b");
        clients.create("a/b/c");
        clients.create("d");

        Stat stat = new Stat();
        assertThat(zk.getChildren(root, false, stat)).containsExactlyInAnyOrder("a", "d");
        assertThat(stat).isEqualTo(zk.exists(root, false));
        assertThat(zk.getChildren(clients.path("d"), false)).isEmpty();
        assertThat(zk.getAllChildrenNumber(root)).isEqualTo(4);
        assertThat(zk.getAllChildrenNumber(clients.path("a"))).isEqualTo(2);
        assertThat(zk.getAllChildrenNumber(clients.path("d"))).isZero();
        assertThat(zk.getChildren("/", false)).contains(root.substring(1), "zookeeper");
        assertThat(zk.exists("/", false).getCzxid()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a..b", "...", "mit Leerzeichen", "Žluťoučký-кот-猫", "a:b", "-", "a\u00a0b"})
    void shouldTakeNamesThatAreUnusual(String name) throws Exception {
        assertThat(clients.create(name)).isEqualTo(clients.path(name));
        assertThat(zk.getChildren(root, false)).containsExactly(name);
    }

    @Test
    void shouldKeepAlmostOneMebibyteAndRefuseMore() throws Exception {
        // given
        byte[] most = new byte[1_000_000];
        most[most.length - 1] = 7;
        clients.create("large");
        long session = zk.getSessionId();

        // when
        assertThat(zk.setData(clients.path("large"), most, -1).getDataLength()).isEqualTo(most.length);
        assertError(Code.CONNECTIONLOSS, () -> zk.setData(clients.path("large"), new byte[1 << 20], -1));

        // then: the session is found again
        await().atMost(Ensemble.LIMIT).until(() -> zk.getState().isConnected());
        assertThat(zk.getData(clients.path("large"), false, null)).isEqualTo(most);
        assertThat(zk.getSessionId()).isEqualTo(session);
    }

    @Test
    void shouldSyncWhateverThePathIs() throws Exception {
        CompletableFuture<Integer> synced = new CompletableFuture<>();
        zk.sync(clients.path("none"), (code, path, context) -> synced.complete(code), null);
        assertThat(synced.get(30, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void shouldSeeWithASyncWhatWasWrittenThroughAnotherNode() throws Exception {
        ZooKeeper writer = clients.connectTo(1);
        ZooKeeper reader = clients.connectTo(2);
        clients.create("a");
        for (int i = 0; i < 50; i++) {
            byte[] value = {(byte) i};
            writer.setData(clients.path("a"), value, -1);
            CompletableFuture<byte[]> read = new CompletableFuture<>();
            reader.sync(clients.path("a"), (code, path, context) -> {}, null);
            reader.getData(clients.path("a"), false, (code, path, context, data, stat) -> read.complete(data), null);
            assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(value);
        }
    }

    @Test
    void shouldGiveLaterWritesHigherZxidsOnAllNodes() throws Exception {
        long last = 0;
        for (int i = 0; i < 30; i++) {
            Stat stat = new Stat();
            clients.connectTo(1 + i % 3)
                    .create(clients.path("n" + i), null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat);
            assertThat(stat.getCzxid()).isGreaterThan(last);
            last = stat.getCzxid();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "none",
                "PARENT/",
                "PARENT//x",
                "PARENT/.",
                "PARENT/../x",
                "PARENT/a\u0000b",
                "PARENT/a\u0001b",
                "PARENT/a\ud800b",
                "PARENT/\ufff0"
            })
    void shouldCheckPathsItself(String form) throws Exception {
        // given
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);
        String path = form.replace("PARENT", root);

        // when
        RawConnection.Reply reply =
                raw.call(OpCode.create, new CreateRequest(path, new byte[0], Ids.OPEN_ACL_UNSAFE, 0));

        // then
        assertThat(reply.header().getErr()).isEqualTo(expectedOfCreate(form));
        assertThat(zk.getChildren(root, false)).isEmpty();
    }

    /** The parent is looked for before the path as a whole is checked. */
    private static int expectedOfCreate(String form) {
        return form.contains("//") || form.contains("..") ? Code.NONODE.intValue() : BAD_ARGUMENTS;
    }

    @Test
    void shouldCheckPathsOfOtherRequestsItself() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);
        assertThat(raw.call(OpCode.setData, new SetDataRequest("none", null, -1))
                        .header()
                        .getErr())
                .isEqualTo(BAD_ARGUMENTS);
        assertThat(raw.call(OpCode.setData, new SetDataRequest("/a//b", null, -1))
                        .header()
                        .getErr())
                .isEqualTo(BAD_ARGUMENTS);
        assertThat(raw.call(OpCode.delete, new DeleteRequest("none", -1))
                        .header()
                        .getErr())
                .isEqualTo(BAD_ARGUMENTS);
        assertThat(raw.call(OpCode.delete, new DeleteRequest("/a//b", -1))
                        .header()
                        .getErr())
                .isEqualTo(Code.NONODE.intValue());
        assertThat(raw.call(OpCode.getData, new GetDataRequest("none", false))
                        .header()
                        .getErr())
                .isEqualTo(Code.NONODE.intValue());
        assertThat(raw.call(OpCode.exists, new ExistsRequest("/a\u0000b", false))
                        .header()
                        .getErr())
                .isEqualTo(BAD_ARGUMENTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 7, 99})
    void shouldRefuseAFlagThatIsNone(int flag) throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);
        RawConnection.Reply reply =
                raw.call(OpCode.create, new CreateRequest(clients.path("a"), new byte[0], Ids.OPEN_ACL_UNSAFE, flag));
        assertThat(reply.header().getErr()).isEqualTo(BAD_ARGUMENTS);
    }

    @Test
    void shouldAnswerWithTheZxidOfAFailedWriteToo() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);
        SetDataResponse changed =
                raw.call(OpCode.setData, new SetDataRequest(root, null, -1)).body(SetDataResponse::new);
        RawConnection.Reply failed = raw.call(OpCode.setData, new SetDataRequest(root, null, 99));
        RawConnection.Reply again = raw.call(OpCode.setData, new SetDataRequest(root, null, 99));

        assertThat(failed.header().getErr()).isEqualTo(Code.BADVERSION.intValue());
        assertThat(failed.body()).isEmpty();
        assertThat(failed.header().getZxid()).isGreaterThan(changed.getStat().getMzxid());
        assertThat(again.header().getZxid()).isGreaterThan(failed.header().getZxid());
    }
}
