package io.oarlog.metadata;

import java.time.Duration;

/**
 * How the liveness of brokers is watched. Immutable.
 *
 * @param timeout silence after which the leader takes a broker for dead; shorter finds a dead broker sooner, longer survives
 *     a pause and a change of the leader
 * @param pingInterval how often a broker says that it lives; several must fit into the timeout
 * @param expiryInterval how often the leader looks for silent sessions
 */
public record SessionSettings(Duration timeout, Duration pingInterval, Duration expiryInterval) {
    private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

    public SessionSettings {
        if (timeout.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new IllegalArgumentException("session timeout " + timeout + " is more than " + LONGEST_TIMEOUT);
        } else if (pingInterval.isNegative() || pingInterval.toMillis() < 1 || expiryInterval.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "intervals must be at least 1 ms: ping " + pingInterval + ", expiry " + expiryInterval);
        } else if (pingInterval.multipliedBy(2).compareTo(timeout) > 0) {
            throw new IllegalArgumentException(
                    "session timeout " + timeout + " must be at least twice the ping interval " + pingInterval);
        }
    }

    public static SessionSettings defaults() {
        return new SessionSettings(Duration.ofSeconds(6), Duration.ofMillis(1500), Duration.ofMillis(500));
    }
}
