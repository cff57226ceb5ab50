package io.oarlog.server.cli;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;

/** Looks all the time whether every partition has an owner, and how long one had none. Thread-safe. */
final class OwnershipWatch {
    private static final Duration INTERVAL = Duration.ofMillis(20);

    private final Collection<CommittingMember> members;
    private final int partitions;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    // Guarded by this.
    private boolean wasAllOwned;
    private long lastAllOwnedNanos;
    private long longestGapNanos;

    OwnershipWatch(Collection<CommittingMember> members, int partitions) {
        this.members = members;
        this.partitions = partitions;
        var unused = timer.scheduleAtFixedRate(this::look, 0, INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void look() {
        long now = System.nanoTime();
        Set<TopicPartition> owned = new HashSet<>();
        members.forEach(member -> owned.addAll(member.owned()));
        if (wasAllOwned) {
            longestGapNanos = Math.max(longestGapNanos, now - lastAllOwnedNanos);
        }
        if (owned.size() == partitions) {
            wasAllOwned = true;
            lastAllOwnedNanos = now;
        }
    }

    /** From here on it counts. */
    void awaitAllOwned(Duration limit) {
        Awaitility.await().atMost(limit).until(() -> {
            synchronized (this) {
                return wasAllOwned;
            }
        });
    }

    void stop() throws InterruptedException {
        timer.shutdown();
        if (!timer.awaitTermination(1, TimeUnit.MINUTES)) {
            throw new AssertionError("still looking");
        }
    }

    synchronized Duration longestGap() {
        return Duration.ofNanos(longestGapNanos);
    }
}
