package io.oarlog.raft;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Tells those that wait when the leader of a partition is known. They share one future, and wait for 300 ms at most. Thread-safe.
 */
final class LeaderNews {
    /** A leadership that is handed over is at its new place within some fsyncs. */
    private static final long LIMIT_MILLIS = 300;
    /** Whoever has had no leader for longer has lost its majority, or is not a member yet. */
    private static final long RECENT_NANOS = Duration.ofSeconds(2).toNanos();

    private static final CompletableFuture<Void> AT_ONCE = CompletableFuture.completedFuture(null);

    private final BooleanSupplier isKnown;
    private final LongSupplier nanoTime;
    private CompletableFuture<Void> next = AT_ONCE; // guarded by this
    private boolean wasKnown; // guarded by this
    private long unknownSinceNanos; // guarded by this

    /**
     * Begins without a leader.
     *
     * @param isKnown whether there is a leader now, as far as is known here
     */
    LeaderNews(BooleanSupplier isKnown, LongSupplier nanoTime) {
        this.isKnown = isKnown;
        this.nanoTime = nanoTime;
        this.unknownSinceNanos = nanoTime.getAsLong();
    }

    /** Completes when a leader is known from now on, or after 300 ms, on whatever thread tells of it. */
    synchronized CompletableFuture<Void> next() {
        if (next.isDone()) {
            next = new CompletableFuture<Void>().completeOnTimeout(null, LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        }
        return next.copy();
    }

    /** As {@link #next}, but at once where a leader is known, or none for so long that an election alone will not bring one. */
    CompletableFuture<Void> soon() {
        if (isKnown.getAsBoolean()) {
            onKnown();
            return AT_ONCE;
        }
        if (!isRecent()) {
            return AT_ONCE;
        }
        CompletableFuture<Void> coming = next();
        return isKnown.getAsBoolean() ? AT_ONCE : coming;
    }

    private synchronized boolean isRecent() {
        if (wasKnown) {
            wasKnown = false;
            unknownSinceNanos = nanoTime.getAsLong();
        }
        return nanoTime.getAsLong() - unknownSinceNanos < RECENT_NANOS;
    }

    /** There is a leader. */
    void onKnown() {
        synchronized (this) {
            wasKnown = true;
        }
        end();
    }

    /** Nobody is to wait any longer. */
    void end() {
        CompletableFuture<Void> waited;
        synchronized (this) {
            waited = next;
        }
        waited.complete(null);
    }
}
