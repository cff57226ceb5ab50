package io.oarlog.raft;

import java.nio.file.Path;
import java.util.List;

/**
 * An entry of a partition's Raft log as it lies on disk, without Raft's own fields. Immutable.
 *
 * @param position of the entry in the file
 * @param term Raft's; the leader epoch of the batches
 * @param index Raft's
 * @param baseOffset of the first batch; for a {@link Kind#LOG_START} and a
 *     {@link Kind#COMPACTION_BOUND} the offset that was agreed on; else -1
 * @param endOffset exclusive; else as {@code baseOffset}
 * @param batches what the entry's header says of each batch; none when it has no record bytes
 * @param isInOpenFile whether Raft was still writing to the file
 */
public record RaftEntry(
        Path file,
        long position,
        long term,
        long index,
        Kind kind,
        long baseOffset,
        long endOffset,
        List<Batch> batches,
        boolean isInOpenFile) {
    /** What an entry is for. */
    public enum Kind {
        /** Names batches in the segments. */
        DATA,
        /** Moves the log's start. */
        LOG_START,
        /** Moves the offset below which replicas may compact. */
        COMPACTION_BOUND,
        /** Raft's own: members of the group, the commit index. */
        OTHER
    }

    /** What the header says of one batch. Immutable. */
    public record Batch(
            long baseOffset,
            int sizeInBytes,
            int lastOffsetDelta,
            int crc,
            long producerId,
            short producerEpoch,
            int baseSequence) {
        /** Offset after the last record. */
        public long nextOffset() {
            return baseOffset + lastOffsetDelta + 1;
        }
    }

    public RaftEntry {
        batches = List.copyOf(batches);
    }
}
