package io.oarlog.client;

import java.util.Arrays;
import java.util.List;

/** A broker's address. Immutable. */
record Endpoint(String host, int port) {
    Endpoint {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("a broker's address has no host");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " of " + host + " is not within 1 and 65535");
        }
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
