package io.oarlog.metadata.zookeeper;

/** How long a watch lives and what it sees. A watcher may watch one path in several modes, kept as a sum of {@link #flag}s. */
enum WatchMode {
    /** Gone after its first event. */
    STANDARD,
    PERSISTENT,
    /** Sees everything below its path as well. */
    PERSISTENT_RECURSIVE;

    int flag() {
        return 1 << ordinal();
    }

    boolean isIn(int flags) {
        return (flags & flag()) != 0;
    }
}
