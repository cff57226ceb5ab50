package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.CreateMode;
import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.proto.SetWatches2;
import org.apache.zookeeper.proto.WatcherEvent;
import org.junit.jupiter.api.Test;

class WatchedTreeTest {
    private static final int MAX_WATCHES = 3;

    private final Sessions sessions = new Sessions();
    private final WatchedTree watched = new WatchedTree(ZnodeTree.empty(), MAX_WATCHES, sessions);
    private final Recorder watcher = new Recorder();
    private ZnodeTree tree = ZnodeTree.empty();

    /** Notes the events and, with each, the tree that can be read while it is told. */
    private final class Recorder implements Watcher {
        private final List<String> events = new ArrayList<>();
        private final List<Long> zxids = new ArrayList<>();
        private final List<Long> readable = new ArrayList<>();
        private boolean isClosed;

        @Override
        public void onEvent(long zxid, WatcherEvent event, List<Acl> acl) {
            events.add(event.getType() + " " + event.getPath());
            zxids.add(zxid);
            readable.add(watched.tree().zxid());
        }

        @Override
        public boolean isClosed() {
            return isClosed;
        }

        @Override
        public long sessionId() {
            return 1;
        }
    }

    private static final class Sessions implements WatchedTree.SessionListener {
        private int changed;
        private int missed;

        @Override
        public void onSessionsChanged() {
            changed++;
        }

        @Override
        public void onChangesMissed() {
            missed++;
        }

        @Override
        public void onStreamEnded() {
            throw new AssertionError("nothing is submitted here");
        }
    }

    @Test
    void shouldTellBeforeTheChangeCanBeRead() {
        // given
        assertThat(watched.watchData("/a", watcher)).isTrue();

        // when
        apply(create("/a"));

        // then
        assertThat(watcher.events).containsExactly("1 /a");
        assertThat(watcher.zxids).containsExactly(1L);
        assertThat(watcher.readable).containsExactly(0L);
        assertThat(watched.tree().zxid()).isEqualTo(1);
    }

    @Test
    void shouldTellOfADeletionOnceThoughDataAndChildrenAreWatched() {
        // given
        apply(create("/a"));
        assertThat(watched.watchData("/a", watcher)).isTrue();
        assertThat(watched.watchChildren("/a", watcher)).isTrue();

        // when
        apply(new Delete("/a", -1));
        apply(create("/a"));

        // then
        assertThat(watcher.events).containsExactly("2 /a");
        assertThat(watched.watchCount()).isZero();
    }

    @Test
    void shouldKeepAPersistentWatchBesideAStandardOne() {
        // given
        apply(create("/a"));
        assertThat(watched.watch("/a", watcher, false)).isTrue();
        assertThat(watched.watchData("/a", watcher)).isTrue();

        // when
        apply(new SetData("/a", ZnodeData.EMPTY, -1));
        apply(new SetData("/a", ZnodeData.EMPTY, -1));

        // then
        assertThat(watcher.events).containsExactly("3 /a", "3 /a");
        assertThat(watched.hasWatch("/a", watcher, WatchType.DATA)).isFalse();
        assertThat(watched.hasWatch("/a", watcher, WatchType.PERSISTENT)).isTrue();
    }

    @Test
    void shouldShowARecursiveWatchAllThatIsBelowButNoListsOfChildren() {
        // given
        assertThat(watched.watch("/a", watcher, true)).isTrue();

        // when
        apply(create("/ab"));
        apply(create("/a"));
        apply(create("/a/b"));
        apply(create("/a/b/c"));

        // then
        assertThat(watcher.events).containsExactly("1 /a", "1 /a/b", "1 /a/b/c");

        // when
        assertThat(watched.removeWatch("/a", watcher, WatchType.PERSISTENT_RECURSIVE))
                .isTrue();
        apply(create("/a/d"));

        // then
        assertThat(watcher.events).hasSize(3);
    }

    @Test
    void shouldTellAtOnceWhatAClientMissedOnItsWayHere() {
        // given
        apply(create("/changed"));
        apply(create("/same"));
        apply(new SetData("/changed", ZnodeData.EMPTY, -1));
        apply(create("/appeared"));

        // when
        boolean done = watched.restoreWatches(
                new SetWatches2(
                        2,
                        List.of("/changed", "/same", "/gone"),
                        List.of("/appeared", "/absent"),
                        List.of("/"),
                        List.of(),
                        List.of()),
                watcher);

        // then
        assertThat(done).isTrue();
        assertThat(watcher.events).containsExactly("3 /changed", "2 /gone", "1 /appeared", "4 /");
        assertThat(watcher.zxids).containsOnly(-1L);

        // when
        apply(new SetData("/same", ZnodeData.EMPTY, -1));
        apply(create("/absent"));

        // then
        assertThat(watcher.events).endsWith("3 /same", "1 /absent");
    }

    @Test
    void shouldSetNoMoreWatchesThanAllowed() {
        // given
        for (int i = 0; i < MAX_WATCHES; i++) {
            assertThat(watched.watchData("/" + i, watcher)).isTrue();
        }

        // then
        assertThat(watched.watchData("/one-more", watcher)).isFalse();
        assertThat(watched.watchChildren("/one-more", watcher)).isFalse();
        assertThat(watched.watchData("/0", watcher)).isTrue();
        assertThat(watched.watchData("/0", new Recorder())).isTrue();
    }

    @Test
    void shouldForgetAWatcherForGood() {
        // given
        assertThat(watched.watchData("/a", watcher)).isTrue();
        assertThat(watched.watch("/", watcher, true)).isTrue();

        // when
        watcher.isClosed = true;
        watched.forget(watcher);
        assertThat(watched.watchData("/a", watcher)).isTrue();
        apply(create("/a"));

        // then
        assertThat(watcher.events).isEmpty();
        assertThat(watched.watchCount()).isZero();
    }

    @Test
    void shouldNoticeMissedChanges() {
        // when
        apply(create("/a"));

        // then
        assertThat(sessions.missed).isZero();

        // when
        ZnodeTree unheard = applied(create("/b"));
        apply(create("/c"));

        // then
        assertThat(unheard.zxid()).isEqualTo(2);
        assertThat(sessions.missed).isOne();
        assertThat(sessions.changed).isZero();
    }

    private static ZnodeCommand create(String path) {
        return new Create(path, ZnodeData.EMPTY, Acl.OPEN, CreateMode.PERSISTENT, 0);
    }

    private ZnodeTree applied(ZnodeCommand command) {
        tree = tree.apply(new Origin(1, 1), new TimedCommand(0, command)).tree();
        return tree;
    }

    private void apply(ZnodeCommand command) {
        ZnodeTree.Applied applied = tree.apply(new Origin(1, 1), new TimedCommand(0, command));
        tree = applied.tree();
        watched.onChange(tree, applied.events());
    }
}
