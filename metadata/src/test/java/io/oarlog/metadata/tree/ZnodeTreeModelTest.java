package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random commands against {@link NaiveTree}. */
class ZnodeTreeModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 150;

    @Test
    void shouldDoAsTheNaiveTreeDoesWhateverTheCommands() {
        Map<String, Integer> seen = new TreeMap<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            // given
            RandomCommands commands = new RandomCommands(seed);
            NaiveTree expected = new NaiveTree();
            ZnodeTree tree = ZnodeTree.empty();
            Map<String, ZnodeStat> byEvents = new TreeMap<>(expected.stats());

            for (int step = 0; step < STEPS; step++) {
                // when
                Origin origin = commands.origin();
                TimedCommand command = commands.next();
                ZnodeTree.Applied applied = tree.apply(origin, command);
                tree = applied.tree();
                Object outcome = expected.apply(origin, command);
                follow(byEvents, applied);
                seen.merge(String.valueOf(applied.result().failure().orElse(null)), 1, Integer::sum);

                // then
                assertThat(outcome(applied.result()))
                        .as("seed %d step %d %s", seed, step, command)
                        .isEqualTo(outcome);
                assertThat(tree.zxid()).isEqualTo(step + 1);
            }
            assertSame(seed, tree, expected, byEvents);
        }
        // then: every rule was broken
        for (ZnodeError error : ZnodeError.values()) {
            boolean isOutsideTheModel = error == ZnodeError.DATA_TOO_LARGE
                    || error == ZnodeError.QUOTA_EXCEEDED
                    || error == ZnodeError.ROLLED_BACK
                    || error == ZnodeError.NOT_TRIED;
            assertThat(seen.getOrDefault(error.name(), 0) >= 100 || isOutsideTheModel)
                    .as("%s in %s", error, seen)
                    .isTrue();
        }
    }

    private static void assertSame(int seed, ZnodeTree tree, NaiveTree expected, Map<String, ZnodeStat> byEvents) {
        TreeMap<String, ZnodeStat> stats = new TreeMap<>();
        TreeMap<String, ZnodeData> contents = new TreeMap<>();
        TreeMap<String, List<Acl>> acls = new TreeMap<>();
        collect(tree, "/", stats, contents, acls);
        assertThat(stats).as("seed %d", seed).isEqualTo(expected.stats());
        assertThat(contents).as("seed %d", seed).isEqualTo(expected.contents());
        assertThat(acls).as("seed %d", seed).isEqualTo(expected.acls());
        assertThat(tree.znodeCount()).as("seed %d", seed).isEqualTo(contents.size());
        long bytes = contents.entrySet().stream()
                .mapToLong(znode -> znode.getKey().length() + znode.getValue().size())
                .sum();
        assertThat(tree.approximateBytes()).as("seed %d", seed).isEqualTo(bytes);
        assertThat(withoutAversions(byEvents))
                .as("events, seed %d", seed)
                .isEqualTo(withoutAversions(expected.stats()));
        assertThat(tree.sessions().ids()).as("seed %d", seed).containsExactlyElementsOf(expected.sessions());
        for (long session : expected.sessions()) {
            assertThat(tree.sessions().timeoutMillis(session)).hasValue(expected.timeoutMillis(session));
            assertThat(tree.sessions().owner(session)).as("seed %d", seed).contains(expected.owner(session));
            assertThat(tree.sessions().ephemerals(session)).as("seed %d", seed).isEqualTo(expected.ephemerals(session));
        }
    }

    /** As in ZooKeeper, nobody is told of a change of an access list. */
    private static Map<String, ZnodeStat> withoutAversions(Map<String, ZnodeStat> stats) {
        Map<String, ZnodeStat> without = new TreeMap<>();
        stats.forEach((path, stat) -> without.put(
                path,
                new ZnodeStat(
                        stat.czxid(),
                        stat.mzxid(),
                        stat.pzxid(),
                        stat.ctimeMillis(),
                        stat.mtimeMillis(),
                        stat.version(),
                        stat.cversion(),
                        0,
                        stat.ephemeralOwner(),
                        stat.dataLength(),
                        stat.numChildren())));
        return without;
    }

    /** Keeps a copy of the tree by its events alone: each must name all that changed. */
    private static void follow(Map<String, ZnodeStat> copy, ZnodeTree.Applied applied) {
        for (ZnodeEvent event : applied.events()) {
            assertThat(event.zxid()).isEqualTo(applied.tree().zxid());
            if (applied.tree().exists(event.path())) {
                copy.put(event.path(), stat(applied.tree(), event.path()));
            } else {
                copy.remove(event.path());
            }
        }
    }

    private static ZnodeStat stat(ZnodeTree tree, String path) {
        return tree.get(path).orElseThrow().stat();
    }

    private static @Nullable Object outcome(ZnodeResult result) {
        if (result instanceof ZnodeResult.Created created) {
            return created.path();
        }
        return result.failure().orElse(null);
    }

    private static void collect(
            ZnodeTree tree,
            String path,
            Map<String, ZnodeStat> stats,
            Map<String, ZnodeData> contents,
            Map<String, List<Acl>> acls) {
        Znode node = tree.get(path).orElseThrow();
        stats.put(path, node.stat());
        contents.put(path, node.data());
        acls.put(path, node.acl());
        List<String> children = node.childNames();
        assertThat(children).hasSize(node.stat().numChildren());
        children.forEach(name -> collect(tree, ZnodePath.child(path, name), stats, contents, acls));
    }
}
