package io.oarlog.log;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** Lets so many warnings through in an interval and counts the others, so that a flood of bad input fills no disk. Thread-safe. */
public final class ThrottledLog {
    private final Logger log;
    private final int maxPerInterval;
    private final long intervalNanos;
    private final LongSupplier nanoClock;
    // Guarded by this.
    private long intervalStart;
    private int logged;
    private long suppressed;

    public ThrottledLog(Logger log, int maxPerInterval, Duration interval, LongSupplier nanoClock) {
        this.log = log;
        this.maxPerInterval = maxPerInterval;
        this.intervalNanos = interval.toNanos();
        this.nanoClock = nanoClock;
        this.intervalStart = nanoClock.getAsLong();
    }

    public void warn(String message, String connection, String reason) {
        long skipped;
        synchronized (this) {
            long now = nanoClock.getAsLong();
            if (now - intervalStart >= intervalNanos) {
                intervalStart = now;
                logged = 0;
            }
            if (logged >= maxPerInterval) {
                suppressed++;
                return;
            }
            logged++;
            skipped = suppressed;
            suppressed = 0;
        }
        var event = log.atWarn().addKeyValue("connection", connection).addKeyValue("reason", reason);
        if (skipped > 0) {
            event = event.addKeyValue("suppressedBefore", skipped);
        }
        event.log(message);
    }
}
