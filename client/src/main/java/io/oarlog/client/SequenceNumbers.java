package io.oarlog.client;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The numbers of one partition's batches, by which a broker takes each once and in order (KIP-98). Confined to the event
 * loop.
 *
 * <p>A batch is numbered when it is first sent and keeps its number. One that ends without having been stored leaves a
 * gap, behind which the broker takes nothing:
 *
 * <pre>
 * gap      what it says of the batches behind it        how it is closed, once nothing is in flight
 * CERTAIN  none can have been stored under its number   next epoch, all numbered anew
 * UNKNOWN  nothing                                      nothing behind it: next epoch. Else the first one behind it is
 *                                                       sent: if it is stored, there was no gap; if it is refused as
 *                                                       out of order, next epoch
 * </pre>
 *
 * <p>Never is a batch numbered anew that may be stored under its old number: it would be stored twice. It is given up
 * instead. The next epoch fences what may still wait in a socket under an older one (the idea of KIP-360).
 */
final class SequenceNumbers {
    private static final Logger LOG = LoggerFactory.getLogger(SequenceNumbers.class);
    /** So often in a row is the first batch in line refused as out of order before the sequence is begun anew. */
    private static final int OUT_OF_ORDER_LIMIT = 3;

    private enum Gap {
        CERTAIN,
        UNKNOWN
    }

    /**
     * A new sequence that waits for what is in flight.
     *
     * @param needsNewId the epoch alone will not do
     * @param nothingStored whether the batches to resend are known not to be stored
     */
    private record Renewal(boolean needsNewId, boolean nothingStored) {}

    private final TopicPartition partition;
    private final ProducerIds ids;
    /** By the position of the batch that ended. */
    private final TreeMap<Long, Gap> gaps = new TreeMap<>();

    private @Nullable ProducerIdentity identity;
    private int nextSequence;
    /** Whether the broker took a batch under this identity; before that a second one in flight could be taken first. */
    private boolean identityIsProven;

    private int outOfOrderInARow;
    private @Nullable Renewal renewal;

    SequenceNumbers(TopicPartition partition, ProducerIds ids) {
        this.partition = partition;
        this.ids = ids;
    }

    /** Whether a batch can be numbered; if not, {@code wake} runs when it may be. */
    boolean isReady(Runnable wake) {
        if (identity == null) {
            identity = ids.current(wake);
        }
        return identity != null;
    }

    /** How many batches may be in flight if a new one is to be sent; none while there is a gap. */
    int window(int maxInFlight) {
        if (!gaps.isEmpty() || renewal != null) {
            return 0;
        }
        return identityIsProven ? maxInFlight : 1;
    }

    /** Numbers the batch, unless it has its number. To be called when ready. */
    void number(ProducerBatch batch) {
        ProducerIdentity current = identity;
        if (current == null) {
            throw new IllegalStateException("there is no producer id yet");
        }
        if (!current.equals(batch.identity())) {
            batch.number(current, nextSequence);
            nextSequence = ProducerBatch.sequenceAfter(nextSequence, batch.recordCount());
        }
    }

    void onStored(ProducerBatch batch) {
        // A batch is taken only behind all the earlier numbers: whatever ended before it was stored too.
        gaps.headMap(batch.position()).clear();
        identityIsProven = true;
        outOfOrderInARow = 0;
    }

    /** The batch has its outcome, no attempt at it goes on, and none is known to have stored it. */
    void onEndedUnstored(ProducerBatch batch) {
        if (identity != null && identity.equals(batch.identity())) {
            gaps.put(batch.position(), batch.mayBeStored() ? Gap.UNKNOWN : Gap.CERTAIN);
        }
    }

    /** The broker refused the batch, before which no other one waits for its outcome, as out of order. */
    void onFirstInLineOutOfOrder(ProducerBatch batch) {
        boolean knownGap = !gaps.headMap(batch.position()).isEmpty();
        outOfOrderInARow++;
        if (knownGap || outOfOrderInARow > OUT_OF_ORDER_LIMIT) {
            // If this one never left a trace either, nothing behind it can be stored.
            renewal = new Renewal(false, !batch.mayBeStored());
        }
    }

    /**
     * The broker does not take the producer id and epoch any more. The next epoch is tried first, because it also fences
     * what an older attempt may have left in a socket; a new id does not.
     */
    void onIdentityRefused() {
        renewal = new Renewal(!identityIsProven, false);
    }

    /**
     * Closes the gap that can be closed now, while nothing is in flight.
     *
     * @param resend what is to be sent again, in order
     * @return those of them that must be given up, because they may be stored under their old numbers
     */
    List<ProducerBatch> closeGaps(List<ProducerBatch> resend) {
        Renewal wanted = renewal;
        if (wanted != null) {
            return renew(wanted, resend);
        }
        Map.Entry<Long, Gap> first = gaps.firstEntry();
        if (first == null) {
            return List.of();
        }
        boolean isCertain = first.getValue() == Gap.CERTAIN;
        boolean isNext = resend.isEmpty() || resend.get(0).position() > first.getKey();
        return isNext && (isCertain || resend.isEmpty()) ? renew(new Renewal(false, isCertain), resend) : List.of();
    }

    private List<ProducerBatch> renew(Renewal wanted, List<ProducerBatch> resend) {
        ProducerIdentity old = identity;
        if (old != null) {
            LOG.atInfo()
                    .addKeyValue("partition", partition)
                    .addKeyValue("producerId", old.id())
                    .addKeyValue("epoch", old.epoch())
                    .log("beginning a new sequence");
            if (wanted.needsNewId() || !old.canBump()) {
                ids.discard(old.id());
                identity = null;
            } else {
                identity = old.bumped();
            }
        }
        gaps.clear();
        renewal = null;
        nextSequence = 0;
        identityIsProven = false;
        outOfOrderInARow = 0;
        if (wanted.nothingStored()) {
            resend.forEach(batch -> batch.setMayBeStored(false));
        }
        return resend.stream().filter(ProducerBatch::mayBeStored).toList();
    }
}
