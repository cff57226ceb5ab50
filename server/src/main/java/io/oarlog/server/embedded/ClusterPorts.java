package io.oarlog.server.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Finds and checks loopback ports. */
public final class ClusterPorts {
    public static final int MAX = 65_535;

    /** Below the range from which Linux takes ports for outgoing connections: nobody gets ours while a node is down. */
    private static final int LOW = 20_000;

    private static final int HIGH = 32_000;
    private static final int TRIES = 1_000;

    private ClusterPorts() {}

    /**
     * Distinct ports that nobody listens on now.
     *
     * @throws UncheckedIOException when there are not so many
     */
    public static List<Integer> free(int count, RandomGenerator random) {
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < TRIES && ports.size() < count; i++) {
            int port = random.nextInt(LOW, HIGH);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        if (ports.size() < count) {
            throw new UncheckedIOException(new IOException(
                    "no " + count + " free ports between " + LOW + " and " + HIGH + "; end what has them"));
        }
        return ports;
    }

    /** Whether nobody listens on {@code port} of the loopback address. */
    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
