package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/** Runs one task at the nearest of the times asked for since it ran last. Confined to the event loop. */
final class Alarm {
    private final IoLoop loop;
    private final Runnable task;
    private @Nullable ScheduledTask pending;
    private long dueNanos;

    Alarm(IoLoop loop, Runnable task) {
        this.loop = loop;
        this.task = task;
    }

    /** Lets the task run after the delay, or earlier if that was asked before. */
    void within(long delayNanos) {
        long due = loop.dueNanos(delayNanos);
        if (pending == null || due - dueNanos < 0) {
            cancel();
            dueNanos = due;
            pending = loop.schedule(this::onDue, delayNanos);
        }
    }

    void cancel() {
        if (pending != null) {
            pending.cancel();
            pending = null;
        }
    }

    private void onDue() {
        pending = null;
        task.run();
    }
}
