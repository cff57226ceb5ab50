package io.oarlog.client;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A broker's address. Immutable. */
record Endpoint(String host, int port) {
    private static final int MAX_PORT = 65535;

    Endpoint {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("a broker's address has no host");
        }
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("port " + port + " of " + host + " is not within 1 and " + MAX_PORT);
        }
    }

    /** The address that a broker told; null when it makes no sense. */
    static @Nullable Endpoint told(String host, int port) {
        return host.isEmpty() || port < 1 || port > MAX_PORT ? null : new Endpoint(host, port);
    }

    /** Parses {@code host:port} or {@code [ipv6]:port}. */
    static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + text + "' is not host:port");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            return new Endpoint(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not host:port", e);
        }
    }

    static List<Endpoint> parseList(String commaSeparated) {
        List<Endpoint> endpoints = Arrays.stream(commaSeparated.split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .map(Endpoint::parse)
                .toList();
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("no bootstrap address given");
        }
        return endpoints;
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
