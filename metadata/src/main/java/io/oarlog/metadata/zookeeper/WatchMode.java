package io.oarlog.metadata.zookeeper;

/** How long a watch lives and what it sees. A watcher may watch one path in several modes, kept as a sum of {@link #flag}s. */
enum WatchMode {
    /** Gone after its first event. */
    STANDARD(1),
    PERSISTENT(2),
    /** Sees everything below its path as well. */
    PERSISTENT_RECURSIVE(4);

    private final int flag;

    WatchMode(int flag) {
        this.flag = flag;
    }

    int flag() {
        return flag;
    }

    boolean isIn(int flags) {
        return (flags & flag) != 0;
    }
}
