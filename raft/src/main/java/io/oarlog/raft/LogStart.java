package io.oarlog.raft;

/** The partition's log starts at this offset from now on. It goes through the Raft log so that all replicas answer alike. Immutable. */
record LogStart(long offset) implements ControlEntry {
    static final byte KIND = 2;

    @Override
    public byte kind() {
        return KIND;
    }
}
