package io.oarlog.raft;

import java.time.Duration;

/**
 * When a group's machine is written to a snapshot, and how much of the Raft log stays behind it. Immutable.
 *
 * @param entries applied since the last snapshot, or
 * @param bytes of commands applied since the last snapshot, after which the next one is taken
 * @param kept what of the Raft log stays behind the newest snapshot
 * @param leastEntries since the last snapshot that make another one worth its writes when the interval is over, or the group is
 *     closed: to apply fewer again after a start takes no longer
 * @param interval at which groups that have not come to {@code entries} or {@code bytes} are looked at
 */
public record SnapshotSettings(long entries, long bytes, KeptEntries kept, long leastEntries, Duration interval) {
    private static final Duration NO_INTERVAL = Duration.ofDays(365);

    public SnapshotSettings {
        if (entries < 1 || bytes < 1 || leastEntries < 1) {
            throw new IllegalArgumentException(
                    "a snapshot needs at least one entry or byte: " + entries + ", " + bytes + ", " + leastEntries);
        }
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("the interval of snapshots must be positive, not " + interval);
        }
    }

    /** By entries and bytes alone. */
    public SnapshotSettings(long entries, long bytes, long keptEntries) {
        this(entries, bytes, KeptEntries.of(keptEntries), Long.MAX_VALUE, NO_INTERVAL);
    }

    public static SnapshotSettings defaults() {
        return new SnapshotSettings(100_000, 256L * 1024 * 1024, 10_000);
    }

    /**
     * A partition's snapshot is small, its records are not in there; an entry costs 10 to 20 microseconds when it is applied
     * again by a process that has just begun, and a snapshot some milliseconds. What is kept spares a replica that was away, as
     * one that is restarted, a copy of the records.
     */
    public static SnapshotSettings ofPartitions() {
        KeptEntries kept = new KeptEntries(10_000, 50_000, Duration.ofMinutes(10));
        return new SnapshotSettings(5_000, Long.MAX_VALUE, kept, 500, Duration.ofMinutes(5));
    }
}
