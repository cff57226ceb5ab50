package io.oarlog.client;

/** When a broker answers a produce request. */
public enum Acks {
    /** Stored by a majority (in-sync set) of the replicas. The default, and the only one that idempotence allows. */
    ALL((short) -1),
    /** Stored by the leader. */
    LEADER((short) 1),
    /** No answer at all: a record counts as sent once it was handed to the socket, and can be lost in silence. */
    NONE((short) 0);

    private final short code;

    Acks(short code) {
        this.code = code;
    }

    short code() {
        return code;
    }
}
