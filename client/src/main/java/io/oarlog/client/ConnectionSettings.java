package io.oarlog.client;

import java.time.Duration;

/**
 * What all connections of a client object have in common. Immutable.
 *
 * @param clientId sent with each request, for the broker's logs and metrics
 * @param maxInFlight bound on requests without answer on one connection
 * @param maxResponseBytes a longer response ends the connection
 */
record ConnectionSettings(
        String clientId, Duration connectTimeout, Duration requestTimeout, int maxInFlight, int maxResponseBytes) {
    /** Short, so that a dead host holds up the search for a live one only briefly. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    private static final int MAX_RESPONSE_BYTES = 128 << 20;
    private static final int MAX_IN_FLIGHT = 64;

    static ConnectionSettings defaults(String clientId, Duration requestTimeout) {
        return new ConnectionSettings(clientId, CONNECT_TIMEOUT, requestTimeout, MAX_IN_FLIGHT, MAX_RESPONSE_BYTES);
    }
}
