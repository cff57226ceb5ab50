package io.oarlog.raft;

/**
 * Where a node's Raft endpoint listens. Immutable.
 *
 * @param host name or literal address
 * @param port TCP port, 1 to 65535
 */
public record RaftAddress(String host, int port) {
    public RaftAddress {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host must not be blank");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port must be in 1..65535: " + port);
        }
    }

    /** Reads what {@link #toString} gives. */
    static RaftAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("no port in " + text);
        }
        return new RaftAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
