package io.oarlog.log;

/**
 * What a compaction did. Immutable.
 *
 * @param compactedEndOffset no record below is superseded by another one below
 * @param isComplete whether all that was to be cleaned is; not when the log was truncated, lost segments or was closed
 *     meanwhile
 * @param passes over the log; more than one when the keys did not fit into memory at once
 * @param bytesBefore of the segments from the log's start to the end of what was to be cleaned
 * @param bytesAfter of the segments that hold the same offsets now
 * @param recordsRemoved by all passes
 * @param batchesRemoved by all passes: fewer batches are stored by this many
 */
public record CompactionReport(
        long compactedEndOffset,
        boolean isComplete,
        int passes,
        long bytesBefore,
        long bytesAfter,
        long recordsRemoved,
        long batchesRemoved) {}
