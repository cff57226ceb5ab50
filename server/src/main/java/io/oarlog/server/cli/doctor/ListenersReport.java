package io.oarlog.server.cli.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client meets that is given one address, as it is printed in JSON. Immutable.
 *
 * @param works whether it gets to every node that it is told of
 * @param verdict one line: that it works, or the first fault and what to do
 * @param asked HOST:PORT that the client is given
 * @param addresses that the host has here
 * @param address that answered; null when none did
 * @param clusterId null when none did
 */
record ListenersReport(
        boolean works,
        String verdict,
        String asked,
        List<String> addresses,
        @Nullable String address,
        @Nullable String clusterId,
        List<NodeFinding> nodes) {
    ListenersReport {
        addresses = List.copyOf(addresses);
        nodes = List.copyOf(nodes);
    }
}
