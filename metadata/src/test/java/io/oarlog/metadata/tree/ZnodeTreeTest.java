package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.metadata.tree.ZnodeCommand.Check;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.ExpireSessions;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.SetAcl;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeEvent.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZnodeTreeTest {
    private static final long SESSION = 0x5e551014L;
    private static final ZnodeData DATA = ZnodeData.utf8("data");

    private static final Identity ANN = new Identity("digest", "ann:hash");

    private ZnodeTree tree = ZnodeTree.empty();
    private List<ZnodeEvent> events = new ArrayList<>();

    @Test
    void shouldKeepStatAsZooKeeperDoes() {
        // given
        apply(Create.persistent("/a", DATA));
        apply(Create.persistent("/a/b", ZnodeData.EMPTY));
        apply(new SetData("/a", ZnodeData.utf8("longer"), 0));

        // when
        apply(new Delete("/a/b", 0));

        // then
        assertThat(tree.get("/a").orElseThrow().stat()).isEqualTo(new ZnodeStat(1, 3, 4, 100, 300, 1, 2, 0, 0, 6, 0));
        assertThat(tree.zxid()).isEqualTo(4);
    }

    @Test
    void shouldNumberSequentialZnodesByTheChildrenEverCreated() {
        // given
        apply(Create.persistent("/q", DATA));
        apply(Create.persistent("/q/other", DATA));
        apply(new Delete("/q/other", -1));

        // when
        ZnodeResult first = apply(new Create("/q/n-", DATA, Acl.OPEN, CreateMode.PERSISTENT_SEQUENTIAL, 0));
        ZnodeResult nameless = apply(new Create("/q/", DATA, Acl.OPEN, CreateMode.PERSISTENT_SEQUENTIAL, 0));

        // then
        assertThat(path(first)).isEqualTo("/q/n-0000000001");
        assertThat(path(nameless)).isEqualTo("/q/0000000002");
    }

    @Test
    void shouldChangeNothingWhenOneOperationOfAMultiFails() {
        // given
        apply(Create.persistent("/a", DATA));
        ZnodeStat before = tree.get("/a").orElseThrow().stat();

        // when
        ZnodeResult result = apply(new Multi(List.of(
                Create.persistent("/a/b", DATA),
                new SetData("/a", DATA, 0),
                new Check("/a", 0),
                new Delete("/a/b", 0))));

        // then
        assertThat(result).isEqualTo(new ZnodeResult.MultiFailed(4, 2, ZnodeError.BAD_VERSION));
        assertThat(((ZnodeResult.MultiFailed) result).errors())
                .containsExactly(
                        ZnodeError.ROLLED_BACK, ZnodeError.ROLLED_BACK, ZnodeError.BAD_VERSION, ZnodeError.NOT_TRIED);
        assertThat(tree.get("/a").orElseThrow().stat()).isEqualTo(before);
        assertThat(tree.exists("/a/b")).isFalse();
        assertThat(events).isEmpty();
    }

    @Test
    void shouldLetLaterOperationsOfAMultiSeeEarlierOnes() {
        // when
        ZnodeResult result = apply(new Multi(
                List.of(Create.persistent("/a", DATA), Create.persistent("/a/b", DATA), new SetData("/a/b", DATA, 0))));

        // then
        assertThat(result).isInstanceOf(ZnodeResult.MultiDone.class);
        assertThat(tree.get("/a/b").orElseThrow().stat())
                .isEqualTo(new ZnodeStat(1, 1, 1, 100, 100, 1, 0, 0, 0, DATA.size(), 0));
        assertThat(events)
                .containsExactly(
                        event(Kind.CREATED, "/a"),
                        event(Kind.CHILDREN_CHANGED, "/"),
                        event(Kind.CREATED, "/a/b"),
                        event(Kind.CHILDREN_CHANGED, "/a"),
                        event(Kind.DATA_CHANGED, "/a/b"));
    }

    @Test
    void shouldDeleteAllEphemeralsWhenTheirSessionExpires() {
        // given
        apply(Trees.session(SESSION));
        apply(Trees.session(SESSION + 1));
        apply(Create.persistent("/ids", DATA));
        apply(Create.ephemeral("/ids/2", DATA, SESSION));
        apply(Create.ephemeral("/ids/1", DATA, SESSION));
        apply(Create.ephemeral("/ids/3", DATA, SESSION + 1));

        // when
        ZnodeResult result = apply(new ExpireSessions(1, List.of(SESSION, 99L)));

        // then
        assertThat(result).isEqualTo(new ZnodeResult.SessionsEnded(List.of(SESSION)));
        assertThat(tree.children("/ids")).containsExactly("3");
        assertThat(tree.sessions().ids()).containsExactly(SESSION + 1);
        assertThat(events).contains(event(Kind.DELETED, "/ids/1"), event(Kind.DELETED, "/ids/2"));
    }

    @Test
    void shouldForgetAnEphemeralOfItsSessionWhenItIsDeletedBefore() {
        // given
        apply(Trees.session(SESSION));
        apply(Create.ephemeral("/e", DATA, SESSION));
        apply(new Delete("/e", -1));
        apply(Create.persistent("/e", DATA));

        // when
        apply(new ZnodeCommand.CloseSession(SESSION));

        // then
        assertThat(tree.exists("/e")).isTrue();
    }

    @Test
    void shouldRefuseEphemeralsOfNoSessionAndChildrenOfEphemerals() {
        // given
        ZnodeResult noSession = apply(Create.ephemeral("/e", DATA, SESSION));
        apply(Trees.session(SESSION));
        apply(Create.ephemeral("/e", DATA, SESSION));

        // when
        ZnodeResult child = apply(Create.persistent("/e/child", DATA));

        // then
        assertThat(noSession).isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_EXPIRED));
        assertThat(child).isEqualTo(new ZnodeResult.Failed(ZnodeError.NO_CHILDREN_FOR_EPHEMERALS));
    }

    @Test
    void shouldTellAZnodeFromALaterOneOfTheSamePath() {
        // given
        apply(Create.persistent("/a", DATA));
        apply(new Delete("/a", 0));
        apply(Create.persistent("/a", DATA));

        // when
        ZnodeResult old = apply(new CheckSame("/a", 1));
        ZnodeResult current = apply(new CheckSame("/a", 3));

        // then
        assertThat(old).isEqualTo(new ZnodeResult.Failed(ZnodeError.BAD_VERSION));
        assertThat(current).isEqualTo(new ZnodeResult.Checked());
    }

    @Test
    void shouldBoundTheDataOfAZnode() {
        // given
        ZnodeData largest = ZnodeData.copyOf(new byte[ZnodeTree.MAX_DATA_BYTES]);
        ZnodeData tooLarge = ZnodeData.copyOf(new byte[ZnodeTree.MAX_DATA_BYTES + 1]);

        // when, then
        assertThat(apply(Create.persistent("/a", largest))).isInstanceOf(ZnodeResult.Created.class);
        assertThat(apply(Create.persistent("/b", tooLarge)))
                .isEqualTo(new ZnodeResult.Failed(ZnodeError.DATA_TOO_LARGE));
        assertThat(apply(new SetData("/a", tooLarge, -1))).isEqualTo(new ZnodeResult.Failed(ZnodeError.DATA_TOO_LARGE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "/a/",
                "//",
                "/a//b",
                "/.",
                "/a/..",
                "/./a",
                "/a\u0000",
                "/\u001f",
                "/\u0080",
                "/\uf8ff",
                "/\ufff0"
            })
    void shouldRefusePathsThatZooKeeperRefuses(String path) {
        assertThat(apply(Create.persistent(path, DATA)).failure())
                .isPresent()
                .get()
                .isIn(ZnodeError.INVALID_PATH, ZnodeError.NO_NODE);
        assertThat(apply(new SetData(path, DATA, -1))).isEqualTo(new ZnodeResult.Failed(ZnodeError.INVALID_PATH));
        assertThat(apply(new Delete(path, -1)).failure())
                .isPresent()
                .get()
                .isIn(ZnodeError.INVALID_PATH, ZnodeError.NO_NODE);
        assertThat(apply(new Check(path, -1))).isEqualTo(new ZnodeResult.Failed(ZnodeError.INVALID_PATH));
        assertThat(tree.get(path)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "/...", "/a.b", "/.a", "/a b", "/\u00e4", "/\u4e2d\u6587"})
    void shouldTakePathsThatZooKeeperTakes(String path) {
        assertThat(apply(Create.persistent(path, DATA))).isInstanceOf(ZnodeResult.Created.class);
        assertThat(tree.exists(path)).isTrue();
    }

    @Test
    void shouldLeaveAHeldTreeAsItIsWhenLaterCommandsAreApplied() {
        // given
        apply(Create.persistent("/a", DATA));
        ZnodeTree held = tree;

        // when
        apply(new Delete("/a", 0));

        // then
        assertThat(held.exists("/a")).isTrue();
        assertThat(tree.exists("/a")).isFalse();
    }

    @Test
    void shouldTellOfTheFirstRuleThatACreationBreaksInZooKeepersOrder() {
        // given
        begin();
        apply(new Create("/closed", DATA, List.of(new Acl(Acl.READ, ANN)), CreateMode.PERSISTENT, 0));
        apply(new Create("/e", DATA, Acl.OPEN, CreateMode.EPHEMERAL, SESSION));
        apply(new Create("/e2", DATA, Acl.OPEN, CreateMode.PERSISTENT, 0));

        // when, then
        assertThat(requested(create("/no\0/a", List.of()))).contains(ZnodeError.INVALID_PATH);
        assertThat(requested(create("/none/..", List.of()))).contains(ZnodeError.INVALID_ACL);
        assertThat(requested(create("/none/..", Acl.OPEN))).contains(ZnodeError.NO_NODE);
        assertThat(requested(create("/closed/..", Acl.OPEN))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(create("/e/..", Acl.OPEN))).contains(ZnodeError.INVALID_PATH);
        assertThat(requested(create("/e2", Acl.OPEN))).contains(ZnodeError.NODE_EXISTS);
        assertThat(requested(create("/e/a", Acl.OPEN))).contains(ZnodeError.NO_CHILDREN_FOR_EPHEMERALS);
        assertThat(requested(create("/", Acl.OPEN))).contains(ZnodeError.NODE_EXISTS);
        assertThat(requested(create("/e2/a", Acl.OPEN))).isEmpty();
    }

    @Test
    void shouldTellOfTheFirstRuleThatOtherOperationsBreakInZooKeepersOrder() {
        // given: ann may do all below /anns, but nothing with /anns itself
        begin();
        apply(new Create("/anns", DATA, List.of(new Acl(Acl.CREATE | Acl.DELETE, ANN)), CreateMode.PERSISTENT, 0));
        apply(new Create("/anns/a", DATA, Acl.ANYONE_READS, CreateMode.PERSISTENT, 0));
        apply(new Create("/anns/a/b", DATA, Acl.OPEN, CreateMode.PERSISTENT, 0));

        // when, then
        assertThat(requested(new Delete("/anns/none", 7))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new Delete("/anns/none", 7), ANN)).contains(ZnodeError.NO_NODE);
        assertThat(requested(new Delete("/anns/a", 7), ANN)).contains(ZnodeError.BAD_VERSION);
        assertThat(requested(new Delete("/anns/a", 0), ANN)).contains(ZnodeError.NOT_EMPTY);
        assertThat(requested(new Delete("/anns/a/b", 0), ANN)).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new Delete("/", -1))).contains(ZnodeError.INVALID_PATH);
        assertThat(requested(new Delete("/zookeeper", -1))).contains(ZnodeError.INVALID_PATH);
        assertThat(requested(new SetData("/anns", DATA, 7), ANN)).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new SetData("/anns/a/b", DATA, 7))).contains(ZnodeError.BAD_VERSION);
        assertThat(requested(new Check("/anns", 7), ANN)).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new Check("/anns/a", 7))).contains(ZnodeError.BAD_VERSION);
        assertThat(requested(new SetAcl("/none", List.of(), 7))).contains(ZnodeError.INVALID_ACL);
        assertThat(requested(new SetAcl("/none", Acl.OPEN, 7))).contains(ZnodeError.NO_NODE);
        assertThat(requested(new SetAcl("/anns/a", Acl.OPEN, 7))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new SetAcl("/anns/a/b", Acl.OPEN, 7))).contains(ZnodeError.BAD_VERSION);
        assertThat(requested(new SetAcl("/anns/a/b", Acl.ANYONE_READS, 0))).isEmpty();
        assertThat(tree.get("/anns/a/b").orElseThrow().stat().aversion()).isEqualTo(1);
        assertThat(tree.get("/anns/a/b").orElseThrow().acl()).isEqualTo(Acl.ANYONE_READS);
        assertThat(events).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/brokers", "/config", "/cluster", "/latest_producer_id_block"})
    void shouldLetOnlyBrokersChangeWhatIsTheirs(String path) {
        // given: whatever the access lists say
        begin();
        assertThat(requested(create(path, Acl.OPEN))).contains(ZnodeError.NO_AUTH);
        apply(new Create(path, DATA, Acl.OPEN, CreateMode.PERSISTENT, 0));
        apply(new Create(path + "/a", DATA, Acl.OPEN, CreateMode.PERSISTENT, 0));

        // when, then
        assertThat(requested(new SetData(path, DATA, -1))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new SetAcl(path + "/a", Acl.OPEN, -1))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new Delete(path + "/a", -1))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(create(path + "/b", Acl.OPEN))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new Check(path, 0))).isEmpty();
        assertThat(apply(new Delete(path + "/a", -1))).isEqualTo(new ZnodeResult.Deleted());
    }

    @Test
    void shouldLetClientsWriteGroupsButKeepTheirParent() {
        // given
        begin();
        apply(new Create("/consumers", DATA, Acl.OPEN, CreateMode.PERSISTENT, 0));

        // when, then
        assertThat(requested(create("/consumers/group", Acl.OPEN))).isEmpty();
        assertThat(requested(new SetData("/consumers/group", DATA, -1))).isEmpty();
        assertThat(requested(new Delete("/consumers/group", -1))).isEmpty();
        assertThat(requested(new Delete("/consumers", -1))).contains(ZnodeError.NO_AUTH);
    }

    @Test
    void shouldTellTheErrorsOfAMultiInOrderTheGuardsIncluded() {
        // given
        begin();

        // when
        ZnodeResult result = request(
                new Multi(List.of(create("/a", Acl.OPEN), new Delete("/brokers", -1), new SetData("/none", DATA, -1))));

        // then
        assertThat(result).isEqualTo(new ZnodeResult.MultiFailed(3, 1, ZnodeError.NO_AUTH));
        assertThat(tree.exists("/a")).isFalse();
    }

    @Test
    void shouldDoWhatTheOwnerOfASessionAsksForAndNobodyElse() {
        // given
        Origin other = new Origin(2, 0x0b);
        begin();
        ZnodeCommand.ClientRequest request =
                new ZnodeCommand.ClientRequest(SESSION, List.of(), new ZnodeCommand.Sync());

        // when, then
        assertThat(apply(other, request)).isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_MOVED));
        assertThat(apply(other, new ZnodeCommand.AttachSession(SESSION, SessionPassword.copyOf(new byte[16]), 6_000)))
                .isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_EXPIRED));
        assertThat(apply(other, new ZnodeCommand.AttachSession(SESSION + 1, Trees.PASSWORD, 6_000)))
                .isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_EXPIRED));
        assertThat(apply(other, new ZnodeCommand.AttachSession(SESSION, Trees.PASSWORD, 7_000)))
                .isEqualTo(new ZnodeResult.SessionAttached());
        assertThat(tree.sessions().timeoutMillis(SESSION)).hasValue(7_000);
        assertThat(apply(other, request)).isEqualTo(new ZnodeResult.Synced());
        assertThat(apply(request)).isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_MOVED));
        assertThat(apply(new Origin(2, 0x0c), request)).isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_MOVED));
        apply(other, new ZnodeCommand.ClientRequest(SESSION, List.of(), new ZnodeCommand.CloseSession(SESSION)));
        assertThat(apply(other, request)).isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_EXPIRED));
    }

    @Test
    void shouldRefuseRequestsThatNoClientMayMake() {
        assertThatThrownBy(() -> request(new Create("/a", DATA, Acl.OPEN, CreateMode.EPHEMERAL, SESSION + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> request(new ZnodeCommand.CloseSession(SESSION + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> request(new Multi(List.of(new CheckSame("/a", 1)))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldDeleteAContainerOnlyWhenItHadChildrenAndHasNone() {
        // given
        for (String path : List.of("/c", "/p")) {
            CreateMode mode = path.equals("/c") ? CreateMode.CONTAINER : CreateMode.PERSISTENT;
            apply(new Create(path, DATA, Acl.OPEN, mode, 0));
        }
        ZnodeResult whileNew = apply(new ZnodeCommand.DeleteContainer("/c"));
        apply(Create.persistent("/c/a", DATA));
        apply(Create.persistent("/p/a", DATA));
        ZnodeResult whileUsed = apply(new ZnodeCommand.DeleteContainer("/c"));
        apply(new Delete("/c/a", -1));
        apply(new Delete("/p/a", -1));

        // when, then
        assertThat(tree.get("/c").orElseThrow().stat().ephemeralOwner()).isEqualTo(0x8000000000000000L);
        assertThat(whileNew).isEqualTo(new ZnodeResult.Failed(ZnodeError.BAD_VERSION));
        assertThat(whileUsed).isEqualTo(new ZnodeResult.Failed(ZnodeError.NOT_EMPTY));
        assertThat(apply(new ZnodeCommand.DeleteContainer("/p")))
                .isEqualTo(new ZnodeResult.Failed(ZnodeError.BAD_VERSION));
        assertThat(apply(new ZnodeCommand.DeleteContainer("/c"))).isEqualTo(new ZnodeResult.Deleted());
        assertThat(events)
                .containsExactly(
                        new ZnodeEvent(Kind.DELETED, "/c", tree.zxid(), Acl.OPEN), event(Kind.CHILDREN_CHANGED, "/"));
    }

    @Test
    void shouldTellNullFromEmptyData() {
        // when
        apply(Create.persistent("/null", ZnodeData.NULL));
        apply(Create.persistent("/empty", ZnodeData.EMPTY));

        // then
        assertThat(tree.get("/null").orElseThrow().data().isNull()).isTrue();
        assertThat(tree.get("/empty").orElseThrow().data().isNull()).isFalse();
        assertThat(tree.get("/null").orElseThrow().stat().dataLength()).isZero();
    }

    @Test
    void shouldBeginAsZooKeeperDoes() {
        assertThat(tree.get("/").orElseThrow().stat()).isEqualTo(new ZnodeStat(0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 1));
        assertThat(tree.children("/zookeeper")).containsExactly("config", "quota");
        assertThat(tree.get("/zookeeper").orElseThrow().acl()).isEqualTo(Acl.OPEN);
        assertThat(tree.get("/zookeeper/quota").orElseThrow().acl()).isEqualTo(Acl.OPEN);
        assertThat(tree.get("/zookeeper/config").orElseThrow().acl()).isEqualTo(Acl.ANYONE_READS);
        assertThat(stat("/zookeeper")).isEqualTo(new ZnodeStat(0, 0, 0, 0, 0, 0, -2, 0, 0, 0, 2));
        assertThat(stat("/zookeeper/config")).isEqualTo(new ZnodeStat(0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0));
    }

    @Test
    void shouldCountWhatEveryClusterHasNotAsChildrenOfTheRoot() {
        // given
        for (String path : List.of("/brokers", "/config", "/cluster", "/latest_producer_id_block", "/consumers")) {
            apply(Create.persistent(path, DATA));
            assertThat(events).contains(event(Kind.CHILDREN_CHANGED, "/"));
        }
        assertThat(stat("/")).isEqualTo(new ZnodeStat(0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 6));

        // when
        ZnodeResult first = apply(new Create("/x-", DATA, Acl.OPEN, CreateMode.PERSISTENT_SEQUENTIAL, 0));

        // then
        assertThat(path(first)).isEqualTo("/x-0000000000");
        assertThat(stat("/")).isEqualTo(new ZnodeStat(0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7));

        // when
        apply(new Delete("/consumers", -1));

        // then
        assertThat(stat("/")).isEqualTo(new ZnodeStat(0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 6));
    }

    @Test
    void shouldGuardThePathThatASequentialZnodeGets() {
        // given
        begin();
        apply(new Create("/config", DATA, Acl.OPEN, CreateMode.PERSISTENT, 0));

        // when, then
        assertThat(path(request(new Create("/config", DATA, Acl.OPEN, CreateMode.PERSISTENT_SEQUENTIAL, 0))))
                .isEqualTo("/config0000000000");
        assertThat(requested(new Create("/config/", DATA, Acl.OPEN, CreateMode.PERSISTENT_SEQUENTIAL, 0)))
                .contains(ZnodeError.NO_AUTH);
        assertThat(requested(new Create("/config/a", DATA, Acl.OPEN, CreateMode.PERSISTENT_SEQUENTIAL, 0)))
                .contains(ZnodeError.NO_AUTH);
    }

    @Test
    void shouldLetClientsChangeWhatZooKeeperLetsThemOfItsOwn() {
        // given
        begin();

        // when, then
        assertThat(requested(create("/zookeeper/quota/a", Acl.OPEN))).isEmpty();
        assertThat(requested(create("/zookeeper/mine", Acl.OPEN))).isEmpty();
        assertThat(requested(new SetData("/zookeeper/config", DATA, -1))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new SetAcl("/zookeeper/config", Acl.OPEN, -1))).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new Delete("/zookeeper/config", -1))).contains(ZnodeError.INVALID_PATH);
        assertThat(requested(new Delete("/zookeeper/quota", -1))).contains(ZnodeError.INVALID_PATH);
    }

    @Test
    void shouldGiveTheDescriptionOfTheEnsembleNoVersion() {
        apply(new SetData("/zookeeper/config", DATA, -1));
        apply(new SetData("/zookeeper/config", DATA, -1));

        assertThat(tree.get("/zookeeper/config").orElseThrow().version()).isEqualTo(-1);
    }

    @Test
    void shouldLetTheSuperUserDoWhatListsDoNotAllowButNotWhatIsTheBrokers() {
        // given
        begin();
        apply(Create.persistent("/a", DATA));
        apply(new Create("/config", DATA, Acl.OPEN, CreateMode.PERSISTENT, 0));

        // when, then
        assertThat(requested(new SetData("/a", DATA, -1), ANN)).contains(ZnodeError.NO_AUTH);
        assertThat(requested(new SetData("/a", DATA, -1), Identity.SUPER)).isEmpty();
        assertThat(requested(new SetData("/config", DATA, -1), Identity.SUPER)).contains(ZnodeError.NO_AUTH);
        assertThat(Identity.SUPER.isValid()).isFalse();
    }

    private ZnodeStat stat(String path) {
        return tree.get(path).orElseThrow().stat();
    }

    private void begin() {
        apply(Trees.session(SESSION));
    }

    private static Create create(String path, List<Acl> acl) {
        return new Create(path, DATA, acl, CreateMode.PERSISTENT, 0);
    }

    private ZnodeResult request(ZnodeCommand.Requestable request, Identity... client) {
        return apply(new ZnodeCommand.ClientRequest(SESSION, List.of(client), request));
    }

    private Optional<ZnodeError> requested(ZnodeCommand.Requestable request, Identity... client) {
        return request(request, client).failure();
    }

    /** The n-th command, of zxid n, at time 100 n. */
    private ZnodeResult apply(ZnodeCommand command) {
        return apply(Trees.ORIGIN, command);
    }

    private ZnodeResult apply(Origin origin, ZnodeCommand command) {
        ZnodeTree.Applied applied = tree.apply(origin, new TimedCommand(100 * (tree.zxid() + 1), command));
        tree = applied.tree();
        events = applied.events();
        return applied.result();
    }

    private ZnodeEvent event(Kind kind, String path) {
        return new ZnodeEvent(kind, path, tree.zxid(), path.equals("/") ? Acl.OPEN : Acl.ANYONE_READS);
    }

    private static String path(ZnodeResult result) {
        return ((ZnodeResult.Created) result).path();
    }
}
