package io.oarlog.metadata.tree;

import java.util.List;

/**
 * One change that a command made. Immutable.
 *
 * @param zxid of the command
 * @param acl access list of the path's znode after the change, or before it when it was deleted
 */
public record ZnodeEvent(Kind kind, String path, long zxid, List<Acl> acl) {
    /** What changed. */
    public enum Kind {
        CREATED,
        DATA_CHANGED,
        DELETED,
        /** A child of the path was created or deleted. */
        CHILDREN_CHANGED
    }
}
