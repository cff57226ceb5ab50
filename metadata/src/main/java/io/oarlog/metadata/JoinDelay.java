package io.oarlog.metadata;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets commands wait for those that are about to come, so that they share an entry: an entry costs the same with one command
 * and with many. Whoever is answered when an entry is applied is likely to ask again at once; without the wait the first of
 * them would go alone, and the others would wait for that entry.
 *
 * <p>Commands wait until as many are there as were answered or waited when the last entry was applied, but no longer than
 * that entry took, which is what they would wait behind an entry of the first one. A client that waits for each answer does
 * not wait for others here.
 *
 * <p>Guarded by its owner's lock.
 */
final class JoinDelay {
    private static final Logger LOG = LoggerFactory.getLogger(JoinDelay.class);
    /** An entry that took longer met a failure, and its clients may be gone. */
    private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final LongSupplier nanoTime;
    private final Timer timer;
    private int expected;
    private long endNanos;
    private boolean isTimerSet;
    private long timerNanos; // when it is due, if it is set

    /** Runs tasks later. */
    @FunctionalInterface
    interface Timer {
        /**
         * Has a task run once, on another thread.
         *
         * @throws RejectedExecutionException when the node stops
         */
        void after(long nanos, Runnable task);
    }

    /** @param nanoTime monotonic, as {@link System#nanoTime} */
    JoinDelay(LongSupplier nanoTime, Timer timer) {
        this.nanoTime = nanoTime;
        this.timer = timer;
    }

    /** For {@link #onApplied}. */
    long now() {
        return nanoTime.getAsLong();
    }

    /**
     * An entry of this node was applied here.
     *
     * @param answered its commands
     * @param waiting commands that were in no entry yet before the first of them was answered
     * @param sentNanos when it was sent
     */
    void onApplied(int answered, int waiting, long sentNanos) {
        long now = now();
        expected = answered + waiting;
        endNanos = now + Math.min(LONGEST_NANOS, now - sentNanos);
    }

    /** Nobody is expected any more. */
    void reset() {
        expected = 0;
    }

    /**
     * Whether commands have to wait for others.
     *
     * @param waiting how many there are
     * @param resume called by the timer's thread when it is time to ask again; it has to call {@link #onTimer} first
     */
    boolean holds(int waiting, Runnable resume) {
        long left = endNanos - now();
        if (waiting >= expected || left <= 0) {
            return false;
        }
        boolean isInTime = isTimerSet && timerNanos - endNanos <= 0;
        if (!isInTime) {
            try {
                timer.after(left, resume);
            } catch (RejectedExecutionException e) {
                LOG.debug("the node stops: commands do not wait for others");
                return false;
            }
            isTimerSet = true;
            timerNanos = endNanos;
        }
        return true;
    }

    void onTimer() {
        isTimerSet = false;
    }
}
