package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.tree.ZnodeCommand.Check;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.ExpireSessions;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeEvent.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZnodeTreeTest {
    private static final long SESSION = 0x5e551014L;
    private static final ZnodeData DATA = ZnodeData.utf8("data");

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
        ZnodeResult result = apply(new ExpireSessions(List.of(SESSION, 99L)));

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

    /** The n-th command, of zxid n, at time 100 n. */
    private ZnodeResult apply(ZnodeCommand command) {
        ZnodeTree.Applied applied = tree.apply(Trees.ORIGIN, new TimedCommand(100 * (tree.zxid() + 1), command));
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
