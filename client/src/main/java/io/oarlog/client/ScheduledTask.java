package io.oarlog.client;

/** A task that an {@link IoLoop} runs once, at its time, unless it is cancelled before. Confined to the event loop. */
final class ScheduledTask implements Comparable<ScheduledTask> {
    private final IoLoop loop;
    private final Runnable task;
    private final long dueNanos;
    private final long number;

    /** @param number the order of tasks that are due at the same time */
    ScheduledTask(IoLoop loop, Runnable task, long dueNanos, long number) {
        this.loop = loop;
        this.task = task;
        this.dueNanos = dueNanos;
        this.number = number;
    }

    Runnable task() {
        return task;
    }

    /** By the clock of the loop. */
    long dueNanos() {
        return dueNanos;
    }

    /** Has no effect on a task that has run. */
    void cancel() {
        loop.remove(this);
    }

    @Override
    public int compareTo(ScheduledTask other) {
        long difference = dueNanos - other.dueNanos; // the clock may overflow
        return difference == 0 ? Long.compare(number, other.number) : Long.signum(difference);
    }
}
