package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.metadata.tree.ZnodeCommand.Check;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
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
        // given: zxids 10, 20, 30, 40 at times 1000, 2000, ...
        apply(10, Create.persistent("/a", DATA));
        apply(20, Create.persistent("/a/b", ZnodeData.EMPTY));
        apply(30, new SetData("/a", ZnodeData.utf8("longer"), 0));

        // when
        apply(40, new Delete("/a/b", 0));

        // then
        assertThat(tree.get("/a").orElseThrow().stat()).isEqualTo(new ZnodeStat(10, 30, 40, 1000, 3000, 1, 2, 0, 6, 0));
        assertThat(tree.zxid()).isEqualTo(40);
    }

    @Test
    void shouldNumberSequentialZnodesByTheChildrenEverCreated() {
        // given
        apply(1, Create.persistent("/q", DATA));
        apply(2, Create.persistent("/q/other", DATA));
        apply(3, new Delete("/q/other", -1));

        // when
        ZnodeResult first = apply(4, new Create("/q/n-", DATA, CreateMode.PERSISTENT_SEQUENTIAL, 0));
        ZnodeResult nameless = apply(5, new Create("/q/", DATA, CreateMode.PERSISTENT_SEQUENTIAL, 0));

        // then
        assertThat(path(first)).isEqualTo("/q/n-0000000001");
        assertThat(path(nameless)).isEqualTo("/q/0000000002");
    }

    @Test
    void shouldChangeNothingWhenOneOperationOfAMultiFails() {
        // given
        apply(1, Create.persistent("/a", DATA));
        ZnodeStat before = tree.get("/a").orElseThrow().stat();

        // when
        ZnodeResult result = apply(
                2,
                new Multi(List.of(
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
        ZnodeResult result = apply(
                7,
                new Multi(List.of(
                        Create.persistent("/a", DATA), Create.persistent("/a/b", DATA), new SetData("/a/b", DATA, 0))));

        // then
        assertThat(result).isInstanceOf(ZnodeResult.MultiDone.class);
        assertThat(tree.get("/a/b").orElseThrow().stat())
                .isEqualTo(new ZnodeStat(7, 7, 7, 700, 700, 1, 0, 0, DATA.size(), 0));
        assertThat(events)
                .containsExactly(
                        new ZnodeEvent(Kind.CREATED, "/a"),
                        new ZnodeEvent(Kind.CHILDREN_CHANGED, "/"),
                        new ZnodeEvent(Kind.CREATED, "/a/b"),
                        new ZnodeEvent(Kind.CHILDREN_CHANGED, "/a"),
                        new ZnodeEvent(Kind.DATA_CHANGED, "/a/b"));
    }

    @Test
    void shouldDeleteAllEphemeralsWhenTheirSessionExpires() {
        // given
        apply(1, new CreateSession(SESSION, 6000));
        apply(2, new CreateSession(SESSION + 1, 6000));
        apply(3, Create.persistent("/ids", DATA));
        apply(4, Create.ephemeral("/ids/2", DATA, SESSION));
        apply(5, Create.ephemeral("/ids/1", DATA, SESSION));
        apply(6, Create.ephemeral("/ids/3", DATA, SESSION + 1));

        // when
        ZnodeResult result = apply(7, new ExpireSessions(List.of(SESSION, 99L)));

        // then
        assertThat(result).isEqualTo(new ZnodeResult.SessionsEnded(List.of(SESSION)));
        assertThat(tree.children("/ids")).containsExactly("3");
        assertThat(tree.sessions().ids()).containsExactly(SESSION + 1);
        assertThat(events).contains(new ZnodeEvent(Kind.DELETED, "/ids/1"), new ZnodeEvent(Kind.DELETED, "/ids/2"));
    }

    @Test
    void shouldForgetAnEphemeralOfItsSessionWhenItIsDeletedBefore() {
        // given
        apply(1, new CreateSession(SESSION, 6000));
        apply(2, Create.ephemeral("/e", DATA, SESSION));
        apply(3, new Delete("/e", -1));
        apply(4, Create.persistent("/e", DATA));

        // when
        apply(5, new ZnodeCommand.CloseSession(SESSION));

        // then
        assertThat(tree.exists("/e")).isTrue();
    }

    @Test
    void shouldRefuseEphemeralsOfNoSessionAndChildrenOfEphemerals() {
        // given
        ZnodeResult noSession = apply(1, Create.ephemeral("/e", DATA, SESSION));
        apply(2, new CreateSession(SESSION, 6000));
        apply(3, Create.ephemeral("/e", DATA, SESSION));

        // when
        ZnodeResult child = apply(4, Create.persistent("/e/child", DATA));

        // then
        assertThat(noSession).isEqualTo(new ZnodeResult.Failed(ZnodeError.SESSION_EXPIRED));
        assertThat(child).isEqualTo(new ZnodeResult.Failed(ZnodeError.NO_CHILDREN_FOR_EPHEMERALS));
    }

    @Test
    void shouldTellAZnodeFromALaterOneOfTheSamePath() {
        // given
        apply(1, Create.persistent("/a", DATA));
        apply(2, new Delete("/a", 0));
        apply(3, Create.persistent("/a", DATA));

        // when
        ZnodeResult old = apply(4, new CheckSame("/a", 1));
        ZnodeResult current = apply(5, new CheckSame("/a", 3));

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
        assertThat(apply(1, Create.persistent("/a", largest))).isInstanceOf(ZnodeResult.Created.class);
        assertThat(apply(2, Create.persistent("/b", tooLarge)))
                .isEqualTo(new ZnodeResult.Failed(ZnodeError.DATA_TOO_LARGE));
        assertThat(apply(3, new SetData("/a", tooLarge, -1)))
                .isEqualTo(new ZnodeResult.Failed(ZnodeError.DATA_TOO_LARGE));
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
        assertThat(apply(1, Create.persistent(path, DATA))).isEqualTo(new ZnodeResult.Failed(ZnodeError.INVALID_PATH));
        assertThat(apply(2, new SetData(path, DATA, -1))).isEqualTo(new ZnodeResult.Failed(ZnodeError.INVALID_PATH));
        assertThat(apply(3, new Delete(path, -1))).isEqualTo(new ZnodeResult.Failed(ZnodeError.INVALID_PATH));
        assertThat(apply(4, new Check(path, -1))).isEqualTo(new ZnodeResult.Failed(ZnodeError.INVALID_PATH));
        assertThat(tree.get(path)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "/...", "/a.b", "/.a", "/a b", "/\u00e4", "/\u4e2d\u6587"})
    void shouldTakePathsThatZooKeeperTakes(String path) {
        assertThat(apply(1, Create.persistent(path, DATA))).isInstanceOf(ZnodeResult.Created.class);
        assertThat(tree.exists(path)).isTrue();
    }

    @Test
    void shouldLeaveAHeldTreeAsItIsWhenLaterCommandsAreApplied() {
        // given
        apply(1, Create.persistent("/a", DATA));
        ZnodeTree held = tree;

        // when
        apply(2, new Delete("/a", 0));

        // then
        assertThat(held.exists("/a")).isTrue();
        assertThat(tree.exists("/a")).isFalse();
    }

    @Test
    void shouldRefuseAZxidThatDoesNotRise() {
        // given
        apply(5, new ZnodeCommand.Sync());

        // when, then
        assertThatThrownBy(() -> apply(5, new ZnodeCommand.Sync())).isInstanceOf(IllegalArgumentException.class);
    }

    private ZnodeResult apply(long zxid, ZnodeCommand command) {
        ZnodeTree.Applied applied = tree.apply(zxid, new TimedCommand(100 * zxid, command));
        tree = applied.tree();
        events = applied.events();
        return applied.result();
    }

    private static String path(ZnodeResult result) {
        return ((ZnodeResult.Created) result).path();
    }
}
