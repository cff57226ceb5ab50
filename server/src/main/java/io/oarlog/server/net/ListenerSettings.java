package io.oarlog.server.net;

import java.time.Duration;

/**
 * Where a listener is, and its bounds. Immutable.
 *
 * @param name by which clients are told the same listener of other brokers
 * @param maxFrameBytes largest request; a longer one closes its connection before anything is allocated
 * @param maxConnections more are closed as they come
 * @param maxInFlightRequests of one connection: no more is read until some are answered
 * @param maxInFlightBytes of one connection's requests that are not answered
 * @param idleLimit a connection without a byte for so long, and without a request to be answered, is closed
 */
public record ListenerSettings(
        String name,
        String host,
        int port,
        int maxFrameBytes,
        int maxConnections,
        int maxInFlightRequests,
        long maxInFlightBytes,
        Duration idleLimit) {
    public static ListenerSettings of(String name, String host, int port, int maxFrameBytes) {
        return new ListenerSettings(name, host, port, maxFrameBytes, 10_000, 128, 64L << 20, Duration.ofMinutes(10));
    }
}
