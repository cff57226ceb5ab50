package io.oarlog.server.cli.group;

import org.jspecify.annotations.Nullable;

/**
 * How far a group is behind in one partition. Immutable; null is what is not known, or not there.
 *
 * @param committed offset of the next record that the group would read
 * @param logStart first offset of the log
 * @param logEnd offset of the next record to be written
 * @param lagRecords offsets between, without those that the log no longer has
 * @param lagSeconds age of the first record that the group has not read, by its timestamp; 0 when it has read all
 * @param member that the partition is assigned to
 */
record PartitionLag(
        String topic,
        int partition,
        @Nullable Long committed,
        @Nullable Long logStart,
        @Nullable Long logEnd,
        @Nullable Long lagRecords,
        @Nullable Double lagSeconds,
        @Nullable String member) {}
