package io.oarlog.server.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Wakes fetches that wait for records (long poll): when a partition's high watermark, start or leader changes, or when their
 * time is up. Thread-safe.
 */
public final class DelayedFetches {
    /** A partition as the hosting side names it. */
    record Key(UUID topicId, int partition) {}

    /** What waits. Called on any thread; must not block. */
    interface Waiter {
        /** Something changed: look again. */
        void wake();

        /** The time is up: answer with what there is. */
        void expire();
    }

    /** One waiting fetch; {@link #cancel} when it is answered. */
    final class Registration {
        private final List<Key> keys;
        private final Waiter waiter;
        private final Future<?> expiry;

        private Registration(List<Key> keys, Waiter waiter, Future<?> expiry) {
            this.keys = keys;
            this.waiter = waiter;
            this.expiry = expiry;
        }

        void cancel() {
            expiry.cancel(false);
            for (Key key : keys) {
                waiting.computeIfPresent(key, (k, waiters) -> {
                    waiters.remove(waiter);
                    return waiters.isEmpty() ? null : waiters;
                });
            }
        }
    }

    private final Map<Key, Set<Waiter>> waiting = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer;

    /** @param timer for the time limits; not shut down here */
    public DelayedFetches(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /**
     * Wakes {@code waiter} at each change of one of the partitions until it is cancelled. A change after the return is not
     * missed, so look once after it.
     */
    Registration register(Collection<Key> partitions, Waiter waiter, Duration limit) {
        List<Key> keys = new ArrayList<>(partitions);
        for (Key key : keys) {
            waiting.compute(key, (k, waiters) -> {
                Set<Waiter> all = waiters == null ? ConcurrentHashMap.newKeySet() : waiters;
                all.add(waiter);
                return all;
            });
        }
        return new Registration(keys, waiter, timer.schedule(waiter::expire, limit.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** The partition's high watermark or start moved, or its leader changed. */
    public void onChange(UUID topicId, int partition) {
        Set<Waiter> waiters = waiting.get(new Key(topicId, partition));
        if (waiters != null) {
            waiters.forEach(Waiter::wake);
        }
    }

    /** Partitions that are waited for. */
    public int size() {
        return waiting.size();
    }
}
