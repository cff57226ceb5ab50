package io.oarlog.metadata;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Futures that wait until a zxid is applied. Thread-safe; {@link #onApplied} is called by one thread. */
final class AppliedWaiters {
    private final ConcurrentNavigableMap<Long, CompletableFuture<Void>> waiters = new ConcurrentSkipListMap<>();
    private volatile long applied;

    /** Completes once the zxid, or a later one, is applied; at once when it is already. */
    CompletableFuture<Void> await(long zxid) {
        if (zxid <= applied) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> waiter = waiters.computeIfAbsent(zxid, z -> new CompletableFuture<>());
        // It may have been applied between the check and the registration; nobody else would complete it then.
        completeUpTo(applied);
        return waiter.copy();
    }

    void onApplied(long zxid) {
        applied = zxid;
        completeUpTo(zxid);
    }

    private void completeUpTo(long zxid) {
        ConcurrentNavigableMap<Long, CompletableFuture<Void>> reached = waiters.headMap(zxid, true);
        while (!reached.isEmpty()) {
            var first = reached.pollFirstEntry();
            if (first != null) {
                first.getValue().complete(null);
            }
        }
    }
}
