package io.oarlog.client;

/** Where a {@link Consumer} begins to read a partition that it has neither sought nor, in a group, a committed offset of. */
public enum StartAt {
    /** At the first record that the log holds: nothing is left out. */
    BEGINNING(OffsetLookup.EARLIEST),

    /** Behind the last record that the log holds when the partition is begun: what was written before is left out. */
    END(OffsetLookup.LATEST);

    private final long timestamp;

    StartAt(long timestamp) {
        this.timestamp = timestamp;
    }

    /** How {@link OffsetLookup} is asked for it. */
    long timestamp() {
        return timestamp;
    }
}
