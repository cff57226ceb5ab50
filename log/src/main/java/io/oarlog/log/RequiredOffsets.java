package io.oarlog.log;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is known from elsewhere to have been durable in a log. Immutable.
 *
 * @param startOffset first offset, inclusive, that has to be there, unless the log's own checkpoint says that it starts above
 * @param endOffset exclusive; damage below is no torn tail
 * @param leaderEpochs of all batches below the end, by the first offset of each epoch; empty when nothing is known of them
 */
public record RequiredOffsets(long startOffset, long endOffset, NavigableMap<Long, Integer> leaderEpochs) {
    /** Nothing is known: a log without a checkpoint starts with its first segment, and ends before what is not whole. */
    public static final RequiredOffsets NONE = upTo(0);

    /** Copies the epochs. */
    public RequiredOffsets {
        leaderEpochs = Collections.unmodifiableNavigableMap(new TreeMap<>(leaderEpochs));
    }

    /** Nothing but the end. */
    public static RequiredOffsets upTo(long endOffset) {
        return new RequiredOffsets(Long.MAX_VALUE, endOffset, Collections.emptyNavigableMap());
    }

    /** Whether a batch has the leader epoch with which it was written, as far as that is known: no checksum covers that field. */
    public boolean hasRightEpoch(BatchHeader batch) {
        return epochDefect(batch).isEmpty();
    }

    /** The other leader epoch that a batch has than the one with which it was written; see {@link #hasRightEpoch}. */
    Optional<Defect> epochDefect(BatchHeader batch) {
        Map.Entry<Long, Integer> known =
                batch.baseOffset() < endOffset ? leaderEpochs.floorEntry(batch.baseOffset()) : null;
        return known == null || known.getValue() == batch.leaderEpoch()
                ? Optional.empty()
                : Optional.of(Defect.corrupt("leader epoch " + known.getValue(), batch.leaderEpoch()));
    }
}
