package io.oarlog.raft;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * How far a replica has applied its Raft log, and what of that its records do not tell. Written by the apply thread,
 * thread-safe.
 */
final class AppliedState {
    /** Everything up to an entry of the Raft log. Immutable. */
    record UpTo(TermIndex position, PartitionSnapshot snapshot) {
        /** Of a replica that has applied nothing. */
        static final UpTo NOTHING = new UpTo(TermIndex.INITIAL_VALUE, PartitionSnapshot.NONE);
    }

    private final PartitionTail tail;
    // Guarded by this; the tail's monitor is taken inside.
    private final NavigableMap<Long, Integer> leaderEpochs = new TreeMap<>();
    private TermIndex position = TermIndex.INITIAL_VALUE;
    private long endOffset;

    /** @param tail applies the same entries, within {@link #applyData} */
    AppliedState(PartitionTail tail) {
        this.tail = tail;
    }

    /** Begins behind a snapshot; so does the tail. */
    synchronized void restore(UpTo restored) {
        position = restored.position();
        endOffset = restored.snapshot().endOffset();
        leaderEpochs.clear();
        leaderEpochs.putAll(restored.snapshot().leaderEpochs());
        tail.restore(restored.snapshot());
    }

    /**
     * An entry with record bytes.
     *
     * @return its header
     */
    synchronized EntryHeader applyData(TermIndex entry) {
        EntryHeader header = tail.applied(entry.getIndex());
        position = entry;
        endOffset = header.endOffset();
        int epoch = Math.toIntExact(entry.getTerm());
        if (leaderEpochs.isEmpty() || leaderEpochs.lastEntry().getValue() != epoch) {
            leaderEpochs.put(header.baseOffset(), epoch);
        }
        return header;
    }

    /** An entry without. */
    synchronized void applyControl(TermIndex entry) {
        position = entry;
    }

    /** Everything up to now; the position is {@link TermIndex#INITIAL_VALUE} when nothing was applied. */
    synchronized UpTo now(LongSupplier logStartOffset, LongSupplier compactionBound, List<Integer> members) {
        // Asked for within: what an entry up to the position moved has moved.
        return new UpTo(
                position,
                new PartitionSnapshot(
                        logStartOffset.getAsLong(),
                        compactionBound.getAsLong(),
                        endOffset,
                        leaderEpochs,
                        tail.appliedBatches(),
                        members));
    }

    /** The last entry that was applied; {@link TermIndex#INITIAL_VALUE} when none was. */
    synchronized TermIndex position() {
        return position;
    }
}
