package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Child processes on this machine's loopback address: always there, but all in one network. */
final class LocalSubstrate implements Substrate {
    private static final String HOST = "127.0.0.1";
    private static final int FIRST_PORT = 12_000;
    private static final int PORTS = 20_000;
    private static final int ATTEMPTS = 1_000;
    private static final Random RANDOM = new Random();

    private final ClusterSpec spec;
    private final UndoJournal journal;
    private final NodeProcesses processes;
    private final Map<Integer, Ports> ports = new HashMap<>();

    LocalSubstrate(ClusterSpec spec, UndoJournal journal, ClockFiles clocks) {
        this.spec = spec;
        this.journal = journal;
        this.processes = new NodeProcesses(spec, journal, clocks);
    }

    @Override
    public String name() {
        return "local";
    }

    @Override
    public Map<Capability, String> lacks() {
        Map<Capability, String> lacks = new EnumMap<>(Capability.class);
        String reason = "the nodes of --substrate local share the loopback address; take netns or docker";
        lacks.put(Capability.NETWORK, reason);
        lacks.put(Capability.RATE, reason);
        lacks.put(Capability.DELAY, reason);
        lacks.put(Capability.NAMES, reason);
        return lacks;
    }

    @Override
    public void create() throws IOException {
        List<ServerSocket> reserved = new ArrayList<>();
        for (int node = 1; node <= spec.places(); node++) {
            ports.put(node, new Ports(reserve(reserved), reserve(reserved), reserve(reserved)));
        }
        for (ServerSocket socket : reserved) {
            socket.close();
        }
    }

    /** Below what systems give to outgoing connections: else one of those has it when a node that was down comes back. */
    private static int reserve(List<ServerSocket> reserved) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = FIRST_PORT + RANDOM.nextInt(PORTS);
            try {
                reserved.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                return port;
            } catch (BindException e) {
                // Somebody has it: another is drawn.
            }
        }
        throw new IOException("no free port from " + FIRST_PORT + " to " + (FIRST_PORT + PORTS - 1));
    }

    @Override
    public String host(int node) {
        return HOST;
    }

    @Override
    public Ports ports(int node) {
        Ports found = ports.get(node);
        if (found == null) {
            throw new IllegalStateException("not created");
        }
        return found;
    }

    @Override
    public void start(int node, Path data) throws IOException {
        Path config = spec.nodeDirectory(node).resolve("server.properties");
        NodeConfig.write(NodeConfig.of(spec, this, node, data), config);
        processes.start(node, List.of(), List.of(), config);
    }

    @Override
    public long pid(int node) {
        return processes.pid(node);
    }

    @Override
    public void awaitEnd(int node) throws InterruptedException {
        processes.awaitEnd(node);
    }

    @Override
    public List<String> inNetwork(int node, List<String> command) {
        throw new UnsupportedOperationException("no network of the node's own");
    }

    @Override
    public boolean hasNetwork(int node) {
        return false;
    }

    @Override
    public String address(int node) {
        return HOST;
    }

    @Override
    public void readdress(int node) {
        throw new UnsupportedOperationException("no address of the node's own");
    }

    @Override
    public Process startClient(List<String> arguments) throws IOException {
        return ClientProcess.start(spec, journal, List.of(), List.of(), arguments);
    }

    @Override
    public OperatorCommand operate(List<String> arguments) throws IOException {
        return OperatorProcess.start(spec, journal, ServerProgram.operator(spec, List.of(), List.of(), arguments));
    }

    @Override
    public Path clientDirectory() {
        return spec.directory();
    }

    @Override
    public void close() {
        processes.close();
    }
}
