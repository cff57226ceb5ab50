package io.oarlog.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: doubling from the first delay to the cap, each time a quarter more or less
 * at random, so that clients who failed together do not come back together. Confined to the event loop.
 */
record RetryPolicy(Duration first, Duration cap, RandomGenerator random) {
    private static final double JITTER = 0.25;
    private static final int MAX_DOUBLINGS = 30;

    /** For requests that failed, and for connections: quick at first, then patient. */
    static RetryPolicy forRequests(RandomGenerator random) {
        return new RetryPolicy(Duration.ofMillis(25), Duration.ofMillis(500), random);
    }

    /** For the search for a leader: never slow, because an election ends within about a second. */
    static RetryPolicy forLeaderSearch(RandomGenerator random) {
        return new RetryPolicy(Duration.ofMillis(20), Duration.ofMillis(100), random);
    }

    /** @param failures how many attempts have failed in a row, at least 1 */
    long delayNanos(int failures) {
        int doublings = Math.min(Math.max(failures, 1) - 1, MAX_DOUBLINGS);
        double nanos = Math.min((double) cap.toNanos(), (double) first.toNanos() * (1L << doublings));
        return (long) (nanos * (1 - JITTER + 2 * JITTER * random.nextDouble()));
    }
}
