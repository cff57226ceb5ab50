package io.oarlog.raft;

/**
 * When a group's machine is written to a snapshot, and how much of the Raft log stays behind it. Immutable.
 *
 * @param entries applied since the last snapshot, or
 * @param bytes of commands applied since the last snapshot, after which the next one is taken
 * @param keptEntries entries of the Raft log that stay behind the newest snapshot: a follower that is no further behind catches
 *     up from the log
 */
public record SnapshotSettings(long entries, long bytes, long keptEntries) {
    public SnapshotSettings {
        if (entries < 1 || bytes < 1 || keptEntries < 0) {
            throw new IllegalArgumentException(
                    "a snapshot needs at least one entry or byte, and keptEntries must not be" + " negative: " + entries
                            + ", " + bytes + ", " + keptEntries);
        }
    }

    public static SnapshotSettings defaults() {
        return new SnapshotSettings(100_000, 256L * 1024 * 1024, 10_000);
    }

    /** A partition's snapshot is small: its records are not in there. */
    public static SnapshotSettings ofPartitions() {
        return new SnapshotSettings(50_000, Long.MAX_VALUE, 10_000);
    }
}
