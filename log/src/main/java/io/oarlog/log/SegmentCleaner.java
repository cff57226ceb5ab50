package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies what stays of some segments into a new one, batch by batch. Batches that lost all of their records become one empty
 * batch together, as long as they follow each other and have the same leader epoch: where epochs begin can be told as
 * before. Confined to its caller.
 */
final class SegmentCleaner {
    private final BatchCompactor compactor;
    private final CleanedSegment target;
    private final BooleanSupplier isCancelled;
    /** Batches without a record that are to become one. */
    private @Nullable EmptyRun run;

    private boolean isChanged;
    private long recordsRemoved;
    private long batchesRemoved;

    /** The one that stays byte for byte when it is alone and was empty before has its bytes. */
    private record EmptyRun(
            long baseOffset,
            long maxTimestamp,
            BatchHeader last,
            @Nullable ByteBuffer unchanged) {
        EmptyRun and(BatchHeader next) {
            return new EmptyRun(baseOffset, Math.max(maxTimestamp, next.maxTimestamp()), next, null);
        }

        ByteBuffer bytes() {
            ByteBuffer single = unchanged;
            return single != null ? single : BatchCompactor.emptyBatch(baseOffset, maxTimestamp, last);
        }
    }

    SegmentCleaner(BatchCompactor compactor, CleanedSegment target, BooleanSupplier isCancelled) {
        this.compactor = compactor;
        this.target = target;
        this.isCancelled = isCancelled;
    }

    /**
     * Adds what stays of the next segment, which the caller holds.
     *
     * @return false when it was cancelled midway
     */
    boolean add(Segment source) throws IOException {
        SegmentBatches batches = new SegmentBatches(source, SegmentIndexes.Start.ofSegment(source.baseOffset()));
        while (batches.hasNext()) {
            if (isCancelled.getAsBoolean()) {
                return false;
            }
            add(batches.next());
        }
        return true;
    }

    private void add(StoredBatch batch) throws IOException {
        BatchCompactor.Outcome outcome = compactor.compact(batch);
        if (outcome instanceof BatchCompactor.Unchanged) {
            endRun();
            target.append(batch.bytes());
        } else if (outcome instanceof BatchCompactor.Rewritten rewritten) {
            endRun();
            target.append(rewritten.bytes());
            isChanged = true;
            recordsRemoved += rewritten.recordsRemoved();
        } else if (outcome instanceof BatchCompactor.Emptied emptied) {
            recordsRemoved += emptied.recordsRemoved();
            empty(batch, emptied.recordsRemoved() == 0);
        } else {
            throw new AssertionError(outcome);
        }
    }

    private void empty(StoredBatch batch, boolean wasEmpty) throws IOException {
        BatchHeader header = batch.header();
        EmptyRun current = run;
        if (current != null && current.last().leaderEpoch() == header.leaderEpoch()) {
            run = current.and(header);
            batchesRemoved++;
            isChanged = true;
            return;
        }
        endRun();
        isChanged |= !wasEmpty;
        ByteBuffer unchanged = wasEmpty
                ? ByteBuffer.allocate(header.sizeInBytes())
                        .put(batch.bytes().duplicate())
                        .flip()
                : null;
        run = new EmptyRun(header.baseOffset(), header.maxTimestamp(), header, unchanged);
    }

    private void endRun() throws IOException {
        EmptyRun ended = run;
        if (ended != null) {
            run = null;
            target.append(ended.bytes());
        }
    }

    /**
     * To be called once the last segment was added.
     *
     * @return whether anything is not as it was
     */
    boolean finish() throws IOException {
        endRun();
        return isChanged;
    }

    long recordsRemoved() {
        return recordsRemoved;
    }

    long batchesRemoved() {
        return batchesRemoved;
    }
}
