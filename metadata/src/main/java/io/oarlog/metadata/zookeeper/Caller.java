package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.Identity;
import io.oarlog.metadata.tree.Znode;
import java.util.List;

/**
 * Who asks. Immutable.
 *
 * @param identities those proved when the request came
 * @param watcher whose watches a request sets
 */
record Caller(long sessionId, List<Identity> identities, Watcher watcher) {
    boolean may(Znode znode, int permission) {
        return Acl.allows(znode.acl(), identities, permission);
    }
}
