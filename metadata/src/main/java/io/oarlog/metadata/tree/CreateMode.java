package io.oarlog.metadata.tree;

/** How long a znode lives and how it gets its name. */
public enum CreateMode implements Coded {
    PERSISTENT(0),
    EPHEMERAL(1),
    PERSISTENT_SEQUENTIAL(2),
    EPHEMERAL_SEQUENTIAL(3),
    /** It is deleted, some time, when it has no children any more. */
    CONTAINER(4);

    private final int code;

    CreateMode(int code) {
        this.code = code;
    }

    /** The number that stands for it in encoded form, which is also ZooKeeper's. */
    @Override
    public int code() {
        return code;
    }

    /** It is deleted when its session ends. */
    public boolean isEphemeral() {
        return this == EPHEMERAL || this == EPHEMERAL_SEQUENTIAL;
    }

    /** Its parent's counter, ten digits, is added to its name. */
    public boolean isSequential() {
        return this == PERSISTENT_SEQUENTIAL || this == EPHEMERAL_SEQUENTIAL;
    }
}
