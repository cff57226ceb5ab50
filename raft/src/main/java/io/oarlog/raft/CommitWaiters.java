package io.oarlog.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Answers that wait for an offset to be committed: retries of batches that are still on their way. Thread-safe. */
final class CommitWaiters {
    private record Waiter(CompletableFuture<AppendOutcome> future, AppendOutcome outcome) {}

    private final TreeMap<Long, List<Waiter>> byOffset = new TreeMap<>();

    /** Completes {@code future} with {@code outcome} once {@code offset} is below the high watermark. */
    synchronized void await(long offset, CompletableFuture<AppendOutcome> future, AppendOutcome outcome) {
        byOffset.computeIfAbsent(offset, o -> new ArrayList<>()).add(new Waiter(future, outcome));
    }

    void onHighWatermark(long highWatermark) {
        for (Waiter waiter : take(highWatermark)) {
            waiter.future().complete(waiter.outcome());
        }
    }

    /** Leadership was lost or the partition closed: whether the batches are committed is not known here. */
    void failAll(String reason) {
        for (Waiter waiter : take(Long.MAX_VALUE)) {
            waiter.future().complete(new AppendOutcome.Unknown(reason));
        }
    }

    private synchronized List<Waiter> take(long offsetExclusive) {
        if (byOffset.isEmpty()) {
            return List.of();
        }
        Map<Long, List<Waiter>> reached = byOffset.headMap(offsetExclusive, false);
        List<Waiter> result = new ArrayList<>();
        reached.values().forEach(result::addAll);
        reached.clear();
        return result;
    }
}
