package io.oarlog.metadata.zookeeper;

import static io.oarlog.metadata.zookeeper.TestClients.assertError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.OpResult.CheckResult;
import org.apache.zookeeper.OpResult.CreateResult;
import org.apache.zookeeper.OpResult.DeleteResult;
import org.apache.zookeeper.OpResult.ErrorResult;
import org.apache.zookeeper.OpResult.GetChildrenResult;
import org.apache.zookeeper.OpResult.GetDataResult;
import org.apache.zookeeper.OpResult.SetDataResult;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several operations in one request: all or none, each seeing those before it. */
@Timeout(60)
class MultiIT {
    private static final byte[] DATA = {1, 2, 3};

    @RegisterExtension
    final TestClients clients = new TestClients();

    private ZooKeeper zk;

    @BeforeEach
    void takeClient() {
        zk = clients.zk();
    }

    private Op create(String name) {
        return create(name, CreateMode.PERSISTENT);
    }

    private Op create(String name, CreateMode mode) {
        return Op.create(clients.path(name), DATA, Ids.OPEN_ACL_UNSAFE, mode);
    }

    private Op set(String name, int version) {
        return Op.setData(clients.path(name), DATA, version);
    }

    private Op delete(String name, int version) {
        return Op.delete(clients.path(name), version);
    }

    private Op check(String name, int version) {
        return Op.check(clients.path(name), version);
    }

    /** The codes of the operations of a request that fails. */
    private List<Integer> failedCodes(Code expected, Op... operations) {
        KeeperException failure = catchThrowableOfType(KeeperException.class, () -> zk.multi(List.of(operations)));
        assertThat(failure).as("failure").isNotNull();
        assertThat(failure.code()).isEqualTo(expected);
        return failure.getResults().stream()
                .map(result -> ((ErrorResult) result).getErr())
                .toList();
    }

    @Test
    void shouldAnswerEachOperation() throws Exception {
        // given
        clients.create("there");

        // when
        List<OpResult> results = zk.multi(List.of(
                check("there", 0),
                create("new"),
                set("there", 0),
                delete("new", 0),
                create("s-", CreateMode.PERSISTENT_SEQUENTIAL)));

        // then
        assertThat(results).hasSize(5);
        assertThat(results.get(0)).isInstanceOf(CheckResult.class);
        assertThat(((CreateResult) results.get(1)).getPath()).isEqualTo(clients.path("new"));
        assertThat(((CreateResult) results.get(1)).getStat()).isNull();
        assertThat(((SetDataResult) results.get(2)).getStat()).isEqualTo(zk.exists(clients.path("there"), false));
        assertThat(results.get(3)).isInstanceOf(DeleteResult.class);
        assertThat(((CreateResult) results.get(4)).getPath()).isEqualTo(clients.path("s-0000000002"));
        assertThat(zk.getChildren(clients.root(), false)).containsExactlyInAnyOrder("there", "s-0000000002");
    }

    @Test
    void shouldGiveAllOperationsOneZxid() throws Exception {
        clients.create("there");
        zk.multi(List.of(create("a"), create("a/b"), set("there", -1)));

        long zxid = zk.exists(clients.path("a"), false).getCzxid();
        assertThat(zk.exists(clients.path("a/b"), false).getCzxid()).isEqualTo(zxid);
        assertThat(zk.exists(clients.path("there"), false).getMzxid()).isEqualTo(zxid);
        assertThat(zk.exists(clients.root(), false).getPzxid()).isEqualTo(zxid);
    }

    @Test
    void shouldAnswerTheStatOfAContainer() throws Exception {
        List<OpResult> results = zk.multi(List.of(create("container", CreateMode.CONTAINER)));

        CreateResult result = (CreateResult) results.get(0);
        assertThat(result.getPath()).isEqualTo(clients.path("container"));
        assertThat(result.getStat()).isEqualTo(zk.exists(clients.path("container"), false));
    }

    @Test
    void shouldLetEachOperationSeeThoseBeforeIt() throws Exception {
        zk.multi(List.of(
                create("a"),
                create("a/b"),
                set("a", 0),
                check("a", 1),
                set("a", 1),
                delete("a/b", 0),
                delete("a", 2),
                create("a")));

        Stat stat = zk.exists(clients.path("a"), false);
        assertThat(stat.getVersion()).isZero();
        assertThat(stat.getNumChildren()).isZero();
    }

    @Test
    void shouldDoNothingWhenOneOperationFails() throws Exception {
        // given
        clients.create("there");
        Stat root = zk.exists(clients.root(), false);
        Stat there = zk.exists(clients.path("there"), false);

        // when
        List<Integer> codes = failedCodes(
                Code.NODEEXISTS,
                create("new"),
                set("there", 0),
                create("s-", CreateMode.PERSISTENT_SEQUENTIAL),
                create("there"),
                create("late"));

        // then
        assertThat(codes).containsExactly(0, 0, 0, Code.NODEEXISTS.intValue(), Code.RUNTIMEINCONSISTENCY.intValue());
        assertThat(zk.getChildren(clients.root(), false)).containsExactly("there");
        assertThat(zk.exists(clients.root(), false)).isEqualTo(root);
        assertThat(zk.exists(clients.path("there"), false)).isEqualTo(there);
        assertThat(clients.create("s-", CreateMode.PERSISTENT_SEQUENTIAL)).endsWith("s-0000000001");
    }

    @Test
    void shouldNameTheErrorOfTheFirstThatFails() throws Exception {
        clients.create("a");
        clients.create("a/b");
        clients.create("ephemeral", CreateMode.EPHEMERAL);
        int inconsistent = Code.RUNTIMEINCONSISTENCY.intValue();

        assertThat(failedCodes(Code.NONODE, delete("none", -1))).containsExactly(Code.NONODE.intValue());
        assertThat(failedCodes(Code.NOTEMPTY, delete("a", -1), delete("none", -1)))
                .containsExactly(Code.NOTEMPTY.intValue(), inconsistent);
        assertThat(failedCodes(Code.BADVERSION, check("a", 0), check("a", 7), check("none", -1)))
                .containsExactly(0, Code.BADVERSION.intValue(), inconsistent);
        assertThat(failedCodes(Code.NONODE, check("none", -1))).containsExactly(Code.NONODE.intValue());
        assertThat(failedCodes(Code.NONODE, create("none/a"))).containsExactly(Code.NONODE.intValue());
        assertThat(failedCodes(Code.NONODE, set("none", -1))).containsExactly(Code.NONODE.intValue());
        assertThat(failedCodes(Code.NOCHILDRENFOREPHEMERALS, create("ephemeral/a")))
                .containsExactly(Code.NOCHILDRENFOREPHEMERALS.intValue());
        assertThat(failedCodes(Code.BADVERSION, set("a", 0), set("a", 0)))
                .containsExactly(0, Code.BADVERSION.intValue());
        assertThat(failedCodes(Code.NODEEXISTS, create("twice"), create("twice")))
                .containsExactly(0, Code.NODEEXISTS.intValue());
        assertThat(failedCodes(Code.NONODE, delete("a/b", -1), delete("a/b", -1)))
                .containsExactly(0, Code.NONODE.intValue());
        assertThat(failedCodes(
                        Code.UNIMPLEMENTED,
                        Op.create(
                                clients.path("ttl"), DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, 1_000)))
                .containsExactly(Code.UNIMPLEMENTED.intValue());
        assertThat(zk.exists(clients.path("a"), false).getVersion()).isZero();
    }

    @Test
    void shouldTakeAnEmptyRequest() throws Exception {
        assertThat(zk.multi(List.of())).isEmpty();
    }

    @Test
    void shouldTakeManyOperations() throws Exception {
        List<Op> operations = java.util.stream.IntStream.range(0, 1_000)
                .mapToObj(i -> create("n-", CreateMode.PERSISTENT_SEQUENTIAL))
                .toList();
        assertThat(zk.multi(operations)).hasSize(1_000);
        assertThat(zk.exists(clients.root(), false).getNumChildren()).isEqualTo(1_000);
    }

    @Test
    void shouldCreateEphemeralsThatEndWithTheSession() throws Exception {
        ZooKeeper other = clients.connect();
        other.multi(List.of(create("parent"), create("parent/e", CreateMode.EPHEMERAL)));
        assertThat(zk.exists(clients.path("parent/e"), false).getEphemeralOwner())
                .isEqualTo(other.getSessionId());
        other.close();
        zk.sync(clients.root(), (code, path, context) -> {}, null);
        assertThat(zk.exists(clients.path("parent/e"), false)).isNull();
    }

    @Test
    void shouldTellWatchersOfAllThatItDid() throws Exception {
        // given
        clients.create("there");
        Events events = new Events();
        zk.addWatch(clients.root(), events, AddWatchMode.PERSISTENT_RECURSIVE);

        // when
        assertError(Code.NONODE, () -> zk.multi(List.of(create("a"), delete("none", -1))));
        zk.multi(List.of(create("a"), create("a/b"), set("there", -1), delete("a/b", -1)));

        // then
        events.awaitZnodes(
                "NodeCreated " + clients.path("a"),
                "NodeCreated " + clients.path("a/b"),
                "NodeDataChanged " + clients.path("there"),
                "NodeDeleted " + clients.path("a/b"));
        assertThat(events.znodeEvents())
                .allMatch(
                        event -> event.getZxid() == events.znodeEvents().get(0).getZxid());
    }

    @Test
    void shouldAnswerItsCallbackWithTheResults() throws Exception {
        clients.create("there");
        CompletableFuture<String> good = new CompletableFuture<>();
        CompletableFuture<String> bad = new CompletableFuture<>();
        zk.multi(
                List.of(check("there", 0), create("a")),
                (code, path, context, results) -> good.complete(code + " " + results.size()),
                null);
        zk.multi(
                List.of(check("there", 0), create("a")),
                (code, path, context, results) -> bad.complete(code + " " + results.size()),
                null);
        assertThat(good.get(30, TimeUnit.SECONDS)).isEqualTo("0 2");
        assertThat(bad.get(30, TimeUnit.SECONDS)).isEqualTo(Code.NODEEXISTS.intValue() + " 2");
    }

    @Test
    void shouldReadSeveralZnodesEachForItself() throws Exception {
        // given
        zk.multi(List.of(create("a"), create("a/b")));

        // when
        List<OpResult> results = zk.multi(List.of(
                Op.getData(clients.path("a")),
                Op.getChildren(clients.path("none")),
                Op.getChildren(clients.path("a")),
                Op.getData(clients.path("none"))));

        // then
        GetDataResult data = (GetDataResult) results.get(0);
        assertThat(data.getData()).isEqualTo(DATA);
        assertThat(data.getStat()).isEqualTo(zk.exists(clients.path("a"), false));
        assertThat(((ErrorResult) results.get(1)).getErr()).isEqualTo(Code.NONODE.intValue());
        assertThat(((GetChildrenResult) results.get(2)).getChildren()).containsExactly("b");
        assertThat(((ErrorResult) results.get(3)).getErr()).isEqualTo(Code.NONODE.intValue());
    }

    @Test
    void shouldCheckAccessOfEachOperation() throws Exception {
        // given
        zk.create(clients.path("closed"), DATA, Ids.READ_ACL_UNSAFE, CreateMode.PERSISTENT);

        // then
        assertThat(failedCodes(Code.NOAUTH, create("a"), set("closed", -1), create("b")))
                .containsExactly(0, Code.NOAUTH.intValue(), Code.RUNTIMEINCONSISTENCY.intValue());
        assertThat(failedCodes(Code.NOAUTH, create("closed/a"))).containsExactly(Code.NOAUTH.intValue());
        assertThat(zk.multi(List.of(check("closed", 0)))).hasSize(1);
        assertThat(failedCodes(
                        Code.INVALIDACL,
                        Op.create(clients.path("b"), DATA, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT)))
                .containsExactly(Code.INVALIDACL.intValue());
    }
}
