package io.oarlog.server.cli.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client meets at a node, as it is printed in JSON. Immutable.
 *
 * @param advertised HOST:PORT that clients are told; null when they are told nothing of it
 * @param addresses that the host has here
 * @param connects yes, or why not; null when there was nothing to connect to
 * @param answersAs the node that it should be, or what answers in its place; null when nothing does
 * @param fault why a client fails, and what to do; null when it does not
 */
record NodeFinding(
        int node,
        @Nullable String advertised,
        List<String> addresses,
        @Nullable String connects,
        @Nullable String answersAs,
        @Nullable String fault) {
    static final String YES = "yes";

    NodeFinding {
        addresses = List.copyOf(addresses);
    }
}
