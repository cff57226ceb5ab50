package io.oarlog.client;

/**
 * Who leads a partition. Immutable.
 *
 * @param brokerId {@link PartitionDescription#NO_LEADER} while nobody does
 * @param epoch rises with each new leader; -1 when not known
 */
record PartitionLeader(int brokerId, int epoch) {
    static final int UNKNOWN_EPOCH = -1;

    boolean exists() {
        return brokerId != PartitionDescription.NO_LEADER;
    }

    /** What is known after hearing {@code news}, which can come late from a broker that is behind. */
    PartitionLeader after(PartitionLeader news) {
        if (news.epoch >= epoch) {
            return news;
        }
        boolean leaderless = news.epoch == UNKNOWN_EPOCH && !news.exists();
        return leaderless ? new PartitionLeader(PartitionDescription.NO_LEADER, epoch) : this;
    }
}
