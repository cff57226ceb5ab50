package io.oarlog.metadata.tree;

/** Why a command changed nothing. */
public enum ZnodeError {
    /** The znode, or the parent of a znode to create, does not exist. */
    NO_NODE,
    NODE_EXISTS,
    /** The znode is there, but not in the expected version, or another znode has taken its path. */
    BAD_VERSION,
    /** A znode with children cannot be deleted. */
    NOT_EMPTY,
    NO_CHILDREN_FOR_EPHEMERALS,
    /** The session does not exist (any more), or the password is another one. */
    SESSION_EXPIRED,
    /** The session belongs to another stream of commands: its client has gone elsewhere, or has to attach again. */
    SESSION_MOVED,
    /** There is a session of this id already. */
    SESSION_EXISTS,
    INVALID_PATH,
    /** A znode cannot be created with, or be given, an empty access list. */
    INVALID_ACL,
    /** The access list does not allow it, or the znode is changed by brokers only. */
    NO_AUTH,
    /** More than {@link ZnodeTree#MAX_DATA_BYTES}. */
    DATA_TOO_LARGE,
    /** A hard limit of a quota is enforced and would be exceeded. */
    QUOTA_EXCEEDED,
    /** In a failed multi: this operation could have been done, a later one could not. */
    ROLLED_BACK,
    /** In a failed multi: an earlier operation failed. */
    NOT_TRIED
}
