package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.List;

/** Told of each command that this node applies, in log order, on the metadata apply thread: must not block. */
public interface TreeListener {
    /**
     * A command was applied.
     *
     * @param tree the tree after the command
     * @param events its changes in order; empty when it changed no znode
     */
    void onChange(ZnodeTree tree, List<ZnodeEvent> events);

    /**
     * A snapshot has taken the tree's place: this node had missed commands, and nobody can say which. What an earlier tree
     * said has to be compared or dropped.
     *
     * @param tree the tree of the snapshot; its zxid is not less than that of the tree before
     */
    void onRestored(ZnodeTree tree);

    /**
     * All commands of this node that had no outcome have failed, and sessions that are attached here have to be attached
     * again before they can change anything. On any thread, which must not wait.
     */
    default void onStreamEnded() {}
}
