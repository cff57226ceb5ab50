package io.oarlog.metadata.tree;

import java.util.List;

/** What only brokers may change, whatever the access lists say. */
final class GuardedPaths {
    private static final List<String> SUBTREES =
            List.of("/brokers", "/config", "/cluster", "/latest_producer_id_block");
    /** Clients may write below it. */
    private static final String GROUPS = "/consumers";

    private GuardedPaths() {}

    /**
     * Whether the path is one of those that every cluster has below the root. They do not count as its children: clients
     * find the root's numbers as ZooKeeper's would be.
     */
    static boolean isOfEveryCluster(String path) {
        return SUBTREES.contains(path) || path.equals(GROUPS);
    }

    /** Whether the path is one of theirs or lies below one. */
    static boolean contains(String path) {
        for (String subtree : SUBTREES) {
            if (path.startsWith(subtree)
                    && (path.length() == subtree.length() || path.charAt(subtree.length()) == '/')) {
                return true;
            }
        }
        return false;
    }

    /** Whether clients may not delete the path. */
    static boolean mustStay(String path) {
        return contains(path) || path.equals(GROUPS);
    }
}
