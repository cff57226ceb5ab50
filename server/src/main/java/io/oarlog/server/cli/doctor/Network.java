package io.oarlog.server.cli.doctor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.OptionalInt;

/** What can be seen of brokers from here. The seam for tests. */
interface Network {
    /** All addresses that the host's name has here, in the order in which clients try them. */
    List<InetAddress> resolve(String host) throws UnknownHostException;

    /**
     * Connects to the address and asks whoever is there, within a limit.
     *
     * @param node that it should be; empty when that is not known, then nothing is said of it
     * @throws java.net.SocketTimeoutException when there is no answer
     * @throws java.io.EOFException when the connection is closed in place of an answer
     * @throws java.net.ProtocolException when the answer is not of Kafka's protocol
     * @throws IOException when the address cannot be connected to
     */
    BrokerAnswer ask(InetSocketAddress address, OptionalInt node) throws IOException;
}
