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
        for (int seed = 0; seed < SEEDS; seed++) {
            // given
            RandomCommands commands = new RandomCommands(seed);
            NaiveTree expected = new NaiveTree();
            ZnodeTree tree = ZnodeTree.empty();
            Map<String, ZnodeStat> byEvents = new TreeMap<>(Map.of("/", stat(tree, "/")));

            for (int step = 0; step < STEPS; step++) {
                // when
                TimedCommand command = commands.next();
                long zxid = 2L * step + 1;
                ZnodeTree.Applied applied = tree.apply(zxid, command);
                tree = applied.tree();
                ZnodeError error = expected.apply(zxid, command);
                follow(byEvents, applied);

                // then
                assertThat(error(applied.result()))
                        .as("seed %d step %d %s", seed, step, command)
                        .isEqualTo(error);
            }
            TreeMap<String, ZnodeStat> stats = new TreeMap<>();
            TreeMap<String, ZnodeData> contents = new TreeMap<>();
            collect(tree, "/", stats, contents);
            assertThat(stats).as("seed %d", seed).isEqualTo(expected.stats());
            assertThat(contents).as("seed %d", seed).isEqualTo(expected.contents());
            assertThat(byEvents).as("events, seed %d", seed).isEqualTo(expected.stats());
            assertThat(tree.sessions().ids()).as("seed %d", seed).containsExactlyElementsOf(expected.sessions());
            for (long session : expected.sessions()) {
                assertThat(tree.sessions().ephemerals(session))
                        .as("seed %d", seed)
                        .isEqualTo(expected.ephemerals(session));
            }
        }
    }

    @Test
    void shouldGiveEqualTreesWhenTheSameCommandsAreApplied() {
        for (int seed = 0; seed < 100; seed++) {
            // given
            RandomCommands commands = new RandomCommands(seed);
            ZnodeTree first = ZnodeTree.empty();
            ZnodeTree second = ZnodeTree.empty();
            for (int step = 1; step <= STEPS; step++) {
                TimedCommand command = commands.next();

                // when: the second gets what was encoded, as a replica does
                ZnodeTree.Applied one = first.apply(step, command);
                ZnodeTree.Applied two =
                        second.apply(step, CommandCodec.decode(java.nio.ByteBuffer.wrap(CommandCodec.encode(command))));
                first = one.tree();
                second = two.tree();

                // then
                assertThat(two.result()).as("seed %d step %d", seed, step).isEqualTo(one.result());
                assertThat(two.events()).as("seed %d step %d", seed, step).isEqualTo(one.events());
            }
            assertThat(stats(second)).as("seed %d", seed).isEqualTo(stats(first));
        }
    }

    /** Keeps a copy of the tree by its events alone: each must name all that changed. */
    private static void follow(Map<String, ZnodeStat> copy, ZnodeTree.Applied applied) {
        for (ZnodeEvent event : applied.events()) {
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

    private static @Nullable ZnodeError error(ZnodeResult result) {
        if (result instanceof ZnodeResult.Failed failed) {
            return failed.error();
        }
        return result instanceof ZnodeResult.MultiFailed failed ? failed.error() : null;
    }

    private static Map<String, ZnodeStat> stats(ZnodeTree tree) {
        TreeMap<String, ZnodeStat> stats = new TreeMap<>();
        collect(tree, "/", stats, new TreeMap<>());
        return stats;
    }

    private static void collect(
            ZnodeTree tree, String path, Map<String, ZnodeStat> stats, Map<String, ZnodeData> contents) {
        Znode node = tree.get(path).orElseThrow();
        stats.put(path, node.stat());
        contents.put(path, node.data());
        List<String> children = node.childNames();
        assertThat(children).hasSize(node.stat().numChildren());
        children.forEach(name -> collect(tree, ZnodePath.child(path, name), stats, contents));
    }
}
