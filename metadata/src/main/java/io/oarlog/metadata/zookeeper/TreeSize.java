package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodePath;
import io.oarlog.metadata.tree.ZnodeTree;

/**
 * How much there is in a tree. It is counted anew each time, which takes as long as there are znodes.
 *
 * @param znodes the root included
 * @param bytes of data and of paths, about
 */
record TreeSize(int znodes, long bytes) {
    static TreeSize of(ZnodeTree tree) {
        Counter counter = new Counter();
        tree.get("/").ifPresent(root -> counter.count(root, "/"));
        return new TreeSize(counter.znodes, counter.bytes);
    }

    /** Number of znodes below one, at any depth. */
    static int below(Znode znode) {
        Counter counter = new Counter();
        znode.forEachChild((name, child) -> counter.count(child));
        return counter.znodes;
    }

    private static final class Counter {
        private int znodes;
        private long bytes;

        private void count(Znode znode) {
            znodes++;
            znode.forEachChild((name, child) -> count(child));
        }

        private void count(Znode znode, String path) {
            znodes++;
            bytes += path.length() + znode.data().size();
            znode.forEachChild((name, child) -> count(child, ZnodePath.child(path, name)));
        }
    }
}
