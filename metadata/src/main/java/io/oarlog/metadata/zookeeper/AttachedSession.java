package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.SessionPassword;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.Optional;

/**
 * A session as a connection holds it. Immutable.
 *
 * @param attachedZxid of the command that attached it: the later one counts
 * @param owner this node, as the session's owner in the tree
 */
record AttachedSession(long id, SessionPassword password, int timeoutMillis, long attachedZxid, Origin owner) {
    /** Whether the session still is this node's. */
    boolean isAttached(ZnodeTree tree) {
        return tree.sessions().owner(id).equals(Optional.of(owner));
    }
}
