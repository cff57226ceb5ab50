package io.oarlog.raft;

/**
 * Replicas may compact the partition's log below this offset from now on. It goes through the Raft log because a follower
 * that misses entries is sent the bytes that their headers speak of: nobody rewrites what another may still ask for.
 * Immutable.
 */
record CompactionBound(long offset) implements ControlEntry {
    static final byte KIND = 3;

    @Override
    public byte kind() {
        return KIND;
    }
}
