package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.List;

/** Told of what each command changed, in log order, on the metadata apply thread: must not block. */
interface TreeListener {
    /**
     * A command changed something.
     *
     * @param tree the tree after the command
     * @param events its changes in order, at least one
     */
    void onChange(ZnodeTree tree, List<ZnodeEvent> events);
}
