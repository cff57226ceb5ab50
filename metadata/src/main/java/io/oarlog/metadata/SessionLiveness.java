package io.oarlog.metadata;

import io.oarlog.metadata.tree.SessionTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When the leader last heard of each session. Not replicated: a new leader knows nothing and gives every session its full
 * timeout. Thread-safe; {@link #silent} and
 * {@link #shortestTimeoutMillis} are called by one thread at a time.
 */
final class SessionLiveness {
    private final LongSupplier nanoTime;
    private final Map<Long, Long> heardNanos = new ConcurrentHashMap<>();
    private long lastCheckNanos;
    private long shortestTimeoutMillis = Long.MAX_VALUE;

    /** @param nanoTime monotonic, as {@link System#nanoTime} */
    SessionLiveness(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.lastCheckNanos = nanoTime.getAsLong();
    }

    void heard(long sessionId) {
        heardNanos.put(sessionId, nanoTime.getAsLong());
    }

    /** Gives every session its full timeout from the next check on. */
    void reset() {
        heardNanos.clear();
    }

    /** The shortest timeout of a session at the last check, ms; {@link Long#MAX_VALUE} when there was no session. */
    long shortestTimeoutMillis() {
        return shortestTimeoutMillis;
    }

    /**
     * Sessions not heard of for longer than their timeout. A session seen for the first time counts as heard of now. So do
     * all that would have had half their timeout since the last check: then it was this process that stood still.
     */
    List<Long> silent(SessionTable sessions) {
        long now = nanoTime.getAsLong();
        long sinceCheck = now - lastCheckNanos;
        lastCheckNanos = now;
        shortestTimeoutMillis = Long.MAX_VALUE;
        List<Long> silent = new ArrayList<>();
        for (long sessionId : sessions.ids()) {
            int timeoutMillis = sessions.timeoutMillis(sessionId).orElseThrow();
            shortestTimeoutMillis = Math.min(shortestTimeoutMillis, timeoutMillis);
            long timeout = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
            if (sinceCheck > timeout / 2) {
                heardNanos.put(sessionId, now);
            }
            Long heard = heardNanos.putIfAbsent(sessionId, now);
            if (heard != null && now - heard > timeout) {
                silent.add(sessionId);
            }
        }
        heardNanos.keySet().removeIf(sessionId -> !sessions.contains(sessionId));
        return silent;
    }
}
