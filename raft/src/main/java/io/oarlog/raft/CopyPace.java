package io.oarlog.raft;

import java.io.InterruptedIOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How fast the replicas of a node copy from other nodes, all together, so that clients notice little of it: a bound on the bytes
 * of a second, on average. Thread-safe.
 */
final class CopyPace {
    /** A copy that is cancelled ends within this. */
    private static final long MOST_NANOS_AT_ONCE = TimeUnit.MILLISECONDS.toNanos(100);

    private final long bytesPerSecond;
    private final LongSupplier nanoTime;
    private final LongConsumer sleepNanos;
    private long nextNanos; // guarded by this

    /** @param bytesPerSecond {@link RaftSettings#UNLIMITED}: as fast as it goes */
    CopyPace(long bytesPerSecond) {
        this(bytesPerSecond, System::nanoTime, LockSupport::parkNanos);
    }

    /** @param sleepNanos may return early */
    CopyPace(long bytesPerSecond, LongSupplier nanoTime, LongConsumer sleepNanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanoTime = nanoTime;
        this.sleepNanos = sleepNanos;
        this.nextNanos = nanoTime.getAsLong();
    }

    /** A source that answers no faster; its caller waits. */
    PartitionCopy.Source slow(PartitionCopy.Source source, BooleanSupplier isCancelled) {
        return request -> {
            StoredRecords records = source.read(request);
            await(records.batches().remaining(), isCancelled);
            return records;
        };
    }

    private void await(int bytes, BooleanSupplier isCancelled) throws InterruptedIOException {
        if (bytesPerSecond == RaftSettings.UNLIMITED) {
            return;
        }
        long end = endOf(bytes);
        for (long left = end - nanoTime.getAsLong(); left > 0; left = end - nanoTime.getAsLong()) {
            if (isCancelled.getAsBoolean()) {
                throw new CancellationException("the copy was cancelled");
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("the copy was interrupted");
            }
            sleepNanos.accept(Math.min(left, MOST_NANOS_AT_ONCE));
        }
    }

    /** When the bytes, and all before them, have had their time. */
    private synchronized long endOf(int bytes) {
        long now = nanoTime.getAsLong();
        long begin = nextNanos - now > 0 ? nextNanos : now;
        nextNanos = begin + bytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
        return nextNanos;
    }
}
