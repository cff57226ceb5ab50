package io.oarlog.raft;

import java.util.Arrays;
import java.util.Optional;

/** How much room a node's disk has left, measured by its {@link DiskReserve}. */
enum DiskSpace {
    /** More than the reserve. */
    AMPLE(0),
    /** Into the reserve: the node takes no new records for the partitions that it leads. */
    SHORT(1),
    /** Deep into the reserve: leaders elsewhere send the node one request at a time, and it may fall behind. */
    FULL(2);

    private final byte code;

    DiskSpace(int code) {
        this.code = (byte) code;
    }

    /** How nodes name it to each other. */
    byte code() {
        return code;
    }

    static Optional<DiskSpace> ofCode(byte code) {
        return Arrays.stream(values()).filter(space -> space.code == code).findFirst();
    }
}
