package io.oarlog.log;

/**
 * What idempotence (KIP-98) needs to remember of one batch: whose it is, its sequences and its place. Immutable.
 *
 * @param lastSequence inclusive; sequences wrap from {@link Integer#MAX_VALUE} to 0
 * @param lastOffset inclusive
 */
public record ProducerBatch(
        long producerId, short producerEpoch, int baseSequence, int lastSequence, long baseOffset, long lastOffset) {
    /** The part of {@code header} that idempotence needs. */
    public static ProducerBatch of(BatchHeader header) {
        return of(
                header.producerId(),
                header.producerEpoch(),
                header.baseSequence(),
                header.baseOffset(),
                header.lastOffsetDelta());
    }

    public static ProducerBatch of(
            long producerId, short producerEpoch, int baseSequence, long baseOffset, int lastOffsetDelta) {
        int lastSequence = (int) (((long) baseSequence + lastOffsetDelta) & Integer.MAX_VALUE);
        return new ProducerBatch(
                producerId, producerEpoch, baseSequence, lastSequence, baseOffset, baseOffset + lastOffsetDelta);
    }
}
