package io.oarlog.server.cli.stream;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Says when the next record is due, at a steady rate from the first one on. Confined to its user. */
public final class Pace {
    private final double intervalNanos;
    private long startNanos;
    private long count;

    /** @param perSecond 0: as fast as it goes */
    public Pace(double perSecond) {
        this.intervalNanos = perSecond == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / perSecond;
    }

    /**
     * Waits until the next record is due, at once when it is overdue; an interrupt ends the wait.
     *
     * @return when it was due ({@link System#nanoTime}), which may be past; now, when there is no rate
     */
    public long await() {
        if (intervalNanos == 0) {
            return System.nanoTime();
        }
        if (count == 0) {
            startNanos = System.nanoTime();
        }
        long due = startNanos + (long) (count++ * intervalNanos);
        long left = due - System.nanoTime();
        while (left > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(left);
            left = due - System.nanoTime();
        }
        return due;
    }
}
