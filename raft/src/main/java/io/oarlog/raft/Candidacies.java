package io.oarlog.raft;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * Bounds how many partitions of this node stand for election at a time. When hundreds lose their leaders at once, or begin at once,
 * and all stand, their elections take each other's CPU, time out and begin anew, for as long as the machine is the same. One that
 * must not stand now loses this election before anybody is asked, and stands again after its next timeout. Thread-safe.
 */
final class Candidacies {
    /** One that stands for longer waits for somebody who does not answer, and must not hold up others. */
    private static final long LIMIT_NANOS = Duration.ofMillis(200).toNanos();

    private final int most;
    private final Predicate<RaftGroupId> isCandidate;
    private final LongSupplier nanoTime;
    private final Map<RaftGroupId, Long> sinceNanos = new HashMap<>(); // guarded by this

    /** @param isCandidate whether this node's replica stands for election now */
    Candidacies(int most, Predicate<RaftGroupId> isCandidate, LongSupplier nanoTime) {
        this.most = most;
        this.isCandidate = isCandidate;
        this.nanoTime = nanoTime;
    }

    /** Whether a group's replica may ask for votes now; also for each of those whom it asks. */
    synchronized boolean mayStand(RaftGroupId group) {
        long now = nanoTime.getAsLong();
        sinceNanos
                .entrySet()
                .removeIf(standing -> now - standing.getValue() > LIMIT_NANOS
                        || (!standing.getKey().equals(group) && !isCandidate.test(standing.getKey())));
        if (sinceNanos.containsKey(group)) {
            return true;
        }
        if (sinceNanos.size() >= most) {
            return false;
        }
        sinceNanos.put(group, now);
        return true;
    }
}
