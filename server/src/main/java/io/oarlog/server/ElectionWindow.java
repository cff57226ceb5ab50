package io.oarlog.server;

import io.oarlog.raft.PartitionId;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how many new partitions elect their first leader at a time on this node. When a topic of many partitions is
 * created on all nodes at once, their elections take each other's CPU, time out, and begin anew, and brokers lose their
 * sessions meanwhile; a few at a time need one election each. Thread-safe.
 */
final class ElectionWindow {
    private final int most;
    private final Duration limit;
    /** Guarded by this. */
    private final Set<PartitionId> electing = new HashSet<>();

    /**
     * @param most partitions at a time
     * @param limit on the wait for their leaders; longer ones are not waited for any more, as too few of their replicas may run
     */
    ElectionWindow(int most, Duration limit) {
        this.most = most;
        this.limit = limit;
    }

    /** A partition is about to elect its first leader; waits until fewer than the most do. */
    synchronized void begin(PartitionId partition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        while (electing.size() >= most) {
            long leftNanos = deadlineNanos - System.nanoTime();
            if (leftNanos <= 0) {
                electing.clear();
            } else {
                // Rounded up: a wait of less than a millisecond would not wait.
                wait(TimeUnit.NANOSECONDS.toMillis(leftNanos) + 1);
            }
        }
        electing.add(partition);
    }

    /** It has a leader, or it is not going to have one here. */
    synchronized void end(PartitionId partition) {
        if (electing.remove(partition)) {
            notifyAll();
        }
    }
}
