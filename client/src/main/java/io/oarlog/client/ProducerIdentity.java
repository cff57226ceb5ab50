package io.oarlog.client;

/**
 * The id and epoch under which a partition's batches are numbered (KIP-98). Each partition bumps its epoch for itself: a
 * broker keeps the last epoch by partition. Immutable.
 */
record ProducerIdentity(long id, short epoch) {
    /** Whether there is a next epoch for this id. */
    boolean canBump() {
        return epoch < Short.MAX_VALUE - 1;
    }

    /** The broker turns away what still comes under the older epoch (KIP-360). */
    ProducerIdentity bumped() {
        return new ProducerIdentity(id, (short) (epoch + 1));
    }
}
