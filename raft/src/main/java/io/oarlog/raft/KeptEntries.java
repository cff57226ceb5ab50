package io.oarlog.raft;

import java.time.Duration;

/**
 * What of a group's Raft log stays behind its newest snapshot: a follower that is no further behind catches up from the log, and
 * each start reads it. Immutable.
 *
 * @param least entries that stay in any case
 * @param most entries that stay at most
 * @param age entries between the two stay as long as they are no older
 */
public record KeptEntries(long least, long most, Duration age) {
    public KeptEntries {
        if (least < 0 || most < least || age.isNegative()) {
            throw new IllegalArgumentException(
                    "entries to be kept must not be negative, nor more at least than at most, nor their age: " + least
                            + ", " + most + ", " + age);
        }
    }

    /** So many, whatever their age. */
    public static KeptEntries of(long entries) {
        return new KeptEntries(entries, entries, Duration.ZERO);
    }

    /**
     * Which part of the log may go.
     *
     * @param snapshotIndex of the newest snapshot
     * @param oldIndex of the last entry that is older than {@link #age}; -1 when none is
     * @return index of the last entry that may go; negative when none may
     */
    long unneededIndex(long snapshotIndex, long oldIndex) {
        return Math.max(snapshotIndex - most, Math.min(snapshotIndex - least, oldIndex));
    }
}
