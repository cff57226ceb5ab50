package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeError;

/** ZooKeeper's error codes as far as they are sent from here. */
enum ErrorCode {
    OK(0),
    RUNTIME_INCONSISTENCY(-2),
    MARSHALLING_ERROR(-5),
    UNIMPLEMENTED(-6),
    BAD_ARGUMENTS(-8),
    NO_NODE(-101),
    NO_AUTH(-102),
    BAD_VERSION(-103),
    NO_CHILDREN_FOR_EPHEMERALS(-108),
    NODE_EXISTS(-110),
    NOT_EMPTY(-111),
    SESSION_EXPIRED(-112),
    INVALID_ACL(-114),
    AUTH_FAILED(-115),
    SESSION_MOVED(-118),
    NO_WATCHER(-121),
    RECONFIG_DISABLED(-123),
    QUOTA_EXCEEDED(-125);

    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    /** As it goes over the wire. */
    int number() {
        return number;
    }

    static ErrorCode of(ZnodeError error) {
        return switch (error) {
            case NO_NODE -> NO_NODE;
            case NODE_EXISTS -> NODE_EXISTS;
            case BAD_VERSION -> BAD_VERSION;
            case NOT_EMPTY -> NOT_EMPTY;
            case NO_CHILDREN_FOR_EPHEMERALS -> NO_CHILDREN_FOR_EPHEMERALS;
            case SESSION_EXPIRED -> SESSION_EXPIRED;
            case SESSION_MOVED, SESSION_EXISTS -> SESSION_MOVED;
            case INVALID_PATH, DATA_TOO_LARGE -> BAD_ARGUMENTS;
            case INVALID_ACL -> INVALID_ACL;
            case NO_AUTH -> NO_AUTH;
            case QUOTA_EXCEEDED -> QUOTA_EXCEEDED;
            case ROLLED_BACK -> OK;
            case NOT_TRIED -> RUNTIME_INCONSISTENCY;
        };
    }
}
