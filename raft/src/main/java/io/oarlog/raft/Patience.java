package io.oarlog.raft;

import java.time.Duration;

/**
 * How long what does not go on is waited for before it is started anew; all limits follow from one. Immutable.
 *
 * @param leaders of a leader with a follower that answers and takes nothing
 */
record Patience(Duration leaders) {
    static final Duration DEFAULT = Duration.ofSeconds(30);

    Patience {
        if (leaders.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("patience must be at least 100 ms, not " + leaders);
        }
    }

    /** Between two looks. */
    Duration interval() {
        return leaders.dividedBy(30);
    }

    /** What counts of the time since the last look at most: a process that was stopped has not seen anything stand still. */
    Duration step() {
        return interval().multipliedBy(3);
    }

    /** With a replica whose division has ended. */
    Duration stopped() {
        return leaders.dividedBy(3);
    }

    /** Of a replica with itself, when it hears of more than it has: its leader does what it can before. */
    Duration ownReplica() {
        return leaders.multipliedBy(2);
    }

    /** With a restart, or a close, that does not come to its end. */
    Duration restart() {
        return leaders.multipliedBy(4);
    }

    /** Between a restart and the next one, twice as long each time. */
    Duration firstPause() {
        return leaders.multipliedBy(2);
    }

    /** The longest of those; and what has been well for so long counts as if nothing had been. */
    Duration maxPause() {
        return leaders.multipliedBy(20);
    }
}
