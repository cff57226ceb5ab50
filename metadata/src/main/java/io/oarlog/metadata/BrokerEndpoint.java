package io.oarlog.metadata;

/**
 * Where a broker's clients reach it. Immutable.
 *
 * @param listener name of the listener: clients of one are told the endpoints of the same name of all brokers
 * @param host name or literal address, or {@link #SAME_HOST}
 * @param port TCP port
 */
public record BrokerEndpoint(String listener, String host, int port) {
    /** Name of the listener of a broker that has only one. */
    public static final String ONLY_LISTENER = "PLAINTEXT";

    /**
     * In place of a host: that by which the client has reached the broker that tells it. It holds where all brokers run on one
     * machine, and nowhere else: an address of this machine is none of another's.
     */
    public static final String SAME_HOST = "*";

    /** The host for a client that has reached this machine at {@code localAddress}. */
    public String hostAt(String localAddress) {
        return host.equals(SAME_HOST) ? localAddress : host;
    }
}
