package io.oarlog.server.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A fetch on its way: reads, and reads on at each change of its partitions, until there is enough, something failed, or the
 * time is up. Thread-safe: attempts run on the read pool, one at a time.
 */
final class PendingFetch implements DelayedFetches.Waiter {
    /**
     * What the client asks for.
     *
     * @param minBytes answer as soon as there is so much
     * @param maxBytes bound on all partitions together, but for one first batch
     * @param maxWait answer after so long with what there is
     */
    record Limits(int minBytes, int maxBytes, Duration maxWait) {}

    private final List<PartitionFetch> partitions;
    private final Limits limits;
    private final Executor readPool;
    private final CompletableFuture<List<PartitionFetch>> answer = new CompletableFuture<>();
    /** Wake-ups that no finished attempt has seen; above 0 an attempt is scheduled or runs. The start is the first. */
    private final AtomicInteger wakeUps = new AtomicInteger(1);

    // Written before the first attempt is scheduled, read after it ended.
    private volatile DelayedFetches.@Nullable Registration registration;
    private volatile boolean isExpired;

    PendingFetch(List<PartitionFetch> partitions, Limits limits, Executor readPool) {
        this.partitions = partitions;
        this.limits = limits;
        this.readPool = readPool;
    }

    /** Begins; completes on the read pool, with partitions that are not touched any more. */
    CompletableFuture<List<PartitionFetch>> start(DelayedFetches delayed) {
        if (limits.maxWait().isZero()) {
            isExpired = true;
        } else {
            // Before the first look: a change after it must not be missed.
            registration = delayed.register(
                    partitions.stream()
                            .map(PartitionFetch::key)
                            .flatMap(Optional::stream)
                            .toList(),
                    this,
                    limits.maxWait());
        }
        readPool.execute(this::run);
        return answer;
    }

    @Override
    public void wake() {
        if (wakeUps.getAndIncrement() == 0) {
            readPool.execute(this::run);
        }
    }

    @Override
    public void expire() {
        isExpired = true;
        wake();
    }

    /** Nobody waits for the answer any more. */
    void cancel() {
        cancelRegistration();
        answer.cancel(false);
        // What was read is given back by an attempt, beside which nothing else touches it.
        wake();
    }

    private void run() {
        try {
            int seen;
            do {
                if (answer.isDone()) {
                    discard(); // cancelled
                    return;
                }
                seen = wakeUps.get();
                boolean last = isExpired;
                advance();
                if (last || isSatisfied()) {
                    finish();
                    // The count stays above 0: no attempt follows.
                    return;
                }
            } while (!wakeUps.compareAndSet(seen, 0));
        } catch (Throwable e) {
            // Whatever it is, memory that ran out as well: the client must not wait for it, nor all its later requests.
            cancelRegistration();
            discard();
            answer.completeExceptionally(e);
        }
    }

    private void advance() {
        int bytes = bytes();
        int left = Math.max(0, limits.maxBytes() - bytes);
        for (PartitionFetch partition : partitions) {
            if (partition.isFailed()) {
                continue;
            }
            int before = partition.bytes();
            partition.advance(left, bytes == 0);
            bytes += partition.bytes() - before;
            left = Math.max(0, limits.maxBytes() - bytes);
            if (partition.isCutBy(left)) {
                // Full, but for a rest that the next batch does not fit into: nobody else's is read to find that out.
                left = 0;
            }
        }
    }

    /** More than may be sent is as good as enough: waiting would not change it. */
    private boolean isSatisfied() {
        return bytes() >= Math.min(limits.minBytes(), limits.maxBytes())
                || partitions.stream().anyMatch(partition -> partition.isFailed() || partition.hasMore());
    }

    private int bytes() {
        return partitions.stream().mapToInt(PartitionFetch::bytes).sum();
    }

    private void finish() {
        cancelRegistration();
        if (!answer.complete(partitions)) {
            discard();
        }
    }

    private void discard() {
        partitions.forEach(partition -> partition.records().close());
    }

    private void cancelRegistration() {
        DelayedFetches.Registration current = registration;
        if (current != null) {
            current.cancel();
        }
    }
}
