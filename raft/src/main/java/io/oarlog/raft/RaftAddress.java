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

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
