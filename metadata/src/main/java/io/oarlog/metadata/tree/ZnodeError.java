package io.oarlog.metadata.tree;

/** Why a command changed nothing. */
public enum ZnodeError implements Coded {
    /** The znode, or the parent of a znode to create, does not exist. */
    NO_NODE(0),
    NODE_EXISTS(1),
    /** The znode is there, but not in the expected version, or another znode has taken its path. */
    BAD_VERSION(2),
    /** A znode with children cannot be deleted. */
    NOT_EMPTY(3),
    NO_CHILDREN_FOR_EPHEMERALS(4),
    /** The session does not exist (any more). */
    SESSION_EXPIRED(5),
    INVALID_PATH(6),
    /** More than {@link ZnodeTree#MAX_DATA_BYTES}. */
    DATA_TOO_LARGE(7),
    /** The command's bytes could not be read. */
    MALFORMED(8),
    /** In a failed multi: this operation could have been done, a later one could not. */
    ROLLED_BACK(9),
    /** In a failed multi: an earlier operation failed. */
    NOT_TRIED(10);

    private final int code;

    ZnodeError(int code) {
        this.code = code;
    }

    /** The number that stands for it in encoded form; not ZooKeeper's. */
    @Override
    public int code() {
        return code;
    }
}
