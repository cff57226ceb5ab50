package io.oarlog.raft;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how many partitions that begin here elect a leader at a time. When many begin on all nodes at once, as those of a topic
 * that is created or those of a cluster that is started, their elections take each other's CPU, time out, and begin anew, and
 * brokers lose their sessions meanwhile; a few at a time need one election each. Thread-safe.
 */
public final class ElectionWindow {
    private final int most;
    private final Duration limit;
    /** With the time by which each has a leader, or is not waited for any more. Guarded by this. */
    private final Map<PartitionId, Long> electing = new HashMap<>();

    /**
     * @param most partitions at a time
     * @param limit on the wait for their leaders; longer ones are not waited for any more, as too few of their replicas may run
     */
    public ElectionWindow(int most, Duration limit) {
        this.most = most;
        this.limit = limit;
    }

    /** A partition is about to elect its leader; waits until fewer than the most do. */
    public synchronized void begin(PartitionId partition) throws InterruptedException {
        forgetLate();
        while (electing.size() >= most) {
            long leftNanos = Collections.min(electing.values()) - System.nanoTime();
            // Rounded up: a wait of less than a millisecond would not wait.
            wait(Math.max(0, TimeUnit.NANOSECONDS.toMillis(leftNanos)) + 1);
            forgetLate();
        }
        electing.put(partition, System.nanoTime() + limit.toNanos());
    }

    private void forgetLate() {
        long now = System.nanoTime();
        electing.values().removeIf(deadlineNanos -> deadlineNanos - now <= 0);
    }

    /** It has a leader, or it is not going to have one here. */
    public synchronized void end(PartitionId partition) {
        if (electing.remove(partition) != null) {
            notifyAll();
        }
    }
}
