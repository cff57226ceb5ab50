package io.oarlog.chaos.report;

import org.jspecify.annotations.Nullable;

/** Finds the longest time without an acknowledged send, from the first send to the end of the last. Confined to one thread. */
final class SilenceWatch {
    private static final long NEVER = -1;

    private long sinceNanos = NEVER;
    private long lastSignNanos = NEVER;
    private @Nullable Silence longest;

    /** Somebody sends, or was told that it did not succeed. */
    void tried(long nowNanos) {
        if (sinceNanos == NEVER) {
            sinceNanos = nowNanos;
        }
        lastSignNanos = Math.max(lastSignNanos, nowNanos);
    }

    void acknowledged(long nowNanos) {
        tried(nowNanos);
        longest = longer(longest, new Silence(sinceNanos, nowNanos, true));
        sinceNanos = nowNanos;
    }

    /** Null when nobody sent. */
    @Nullable
    Silence longest() {
        if (sinceNanos == NEVER) {
            return null;
        }
        return longer(longest, new Silence(sinceNanos, lastSignNanos, false));
    }

    private static Silence longer(@Nullable Silence first, Silence second) {
        return first == null || second.nanos() > first.nanos() ? second : first;
    }
}
