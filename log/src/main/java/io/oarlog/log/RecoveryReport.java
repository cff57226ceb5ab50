package io.oarlog.log;

import java.util.Optional;

/**
 * What opening a log found and did. Immutable.
 *
 * @param segments that are there after it
 * @param bytesScanned whose checksums were verified: the last segment's
 * @param bytesCut off the end of the last segment, from the first batch that was not whole
 * @param wholeBatchesCut sound batches found behind the damaged one. A torn last write leaves none. Some are left when
 *     the machine died with much data not yet fsynced, or when bytes that had been durable have changed since: whoever
 *     knows that records beyond the cut were durable has to treat the latter as corruption
 * @param indexesRebuilt sealed segments whose index files were missing or wrong
 * @param damage file, position, expected and found of the cut
 */
public record RecoveryReport(
        int segments,
        long bytesScanned,
        long bytesCut,
        int wholeBatchesCut,
        int indexesRebuilt,
        Optional<String> damage) {
    RecoveryReport withSegments(int newSegments) {
        return new RecoveryReport(newSegments, bytesScanned, bytesCut, wholeBatchesCut, indexesRebuilt, damage);
    }

    /** Nothing had to be cut. */
    public boolean isClean() {
        return bytesCut == 0;
    }
}
