package io.oarlog.chaos.nemesis;

/** When a fault is made. */
public enum Moment {
    /** At its time, whatever goes on. */
    ANYTIME,
    /** While a leader is elected: the leader of a partition is killed right before, and started again after. */
    ELECTION,
    /** While a group has its partitions handed out anew: a member is told to leave right before. */
    REBALANCE
}
