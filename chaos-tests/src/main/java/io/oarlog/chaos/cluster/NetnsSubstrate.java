package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Child processes, each in a network namespace of its own: a veth pair leads from each to a bridge, which is in a namespace as
 * well, so that nothing of it is in the machine's own network. Needs root; no daemon.
 *
 * <p>Nodes are known to each other by names, from a hosts file that is the JVM's only source of names.
 */
final class NetnsSubstrate implements Substrate {
    private static final Ports PORTS = new Ports(9092, 9192, 2181);

    private final ClusterSpec spec;
    private final UndoJournal journal;
    private final NodeProcesses processes;
    private final Map<Integer, String> addresses = new HashMap<>();
    private int nextAddress = 1;

    NetnsSubstrate(ClusterSpec spec, UndoJournal journal, ClockFiles clocks) {
        this.spec = spec;
        this.journal = journal;
        this.processes = new NodeProcesses(spec, journal, clocks);
    }

    /** Why it cannot be used here; empty when it can. */
    static Optional<String> lack() {
        if (!Tool.tryRun(List.of("id", "-u")).output().equals("0")) {
            return Optional.of("--substrate netns needs root: run it with sudo");
        }
        for (String program : List.of("ip", "nsenter", "iptables", "tc")) {
            if (!Tool.isThere(program)) {
                return Optional.of(
                        "--substrate netns needs " + program + ": apt-get install iproute2 iptables util-linux");
            }
        }
        return Optional.empty();
    }

    @Override
    public String name() {
        return "netns";
    }

    @Override
    public Map<Capability, String> lacks() {
        return new EnumMap<>(Capability.class);
    }

    @Override
    public void create() throws IOException {
        addNamespace(switchNamespace());
        in(switchNamespace(), "ip", "link", "add", "bridge", "type", "bridge");
        in(switchNamespace(), "ip", "link", "set", "bridge", "up");
        for (int node = Cluster.CLIENTS; node <= spec.places(); node++) {
            addNamespace(namespace(node));
            String port = "port" + node;
            Tool.run(
                    "ip",
                    "link",
                    "add",
                    "eth0",
                    "netns",
                    namespace(node),
                    "type",
                    "veth",
                    "peer",
                    "name",
                    port,
                    "netns",
                    switchNamespace());
            in(switchNamespace(), "ip", "link", "set", port, "master", "bridge");
            in(switchNamespace(), "ip", "link", "set", port, "up");
            in(namespace(node), "ip", "link", "set", "lo", "up");
            in(namespace(node), "ip", "link", "set", "eth0", "up");
            assign(node);
        }
        writeHosts();
    }

    private void addNamespace(String name) {
        journal.willDo(List.of("ip", "netns", "del", name));
        Tool.run("ip", "netns", "add", name);
    }

    private void assign(int node) {
        String address = "10.66.0." + nextAddress++;
        in(namespace(node), "ip", "address", "flush", "dev", "eth0", "scope", "global");
        in(namespace(node), "ip", "address", "add", address + "/24", "dev", "eth0");
        addresses.put(node, address);
    }

    /** In place: the JVMs that read it know its path. */
    private void writeHosts() throws IOException {
        Path next = spec.directory().resolve("hosts.new");
        Files.writeString(
                next,
                IntStream.rangeClosed(1, spec.places())
                        .mapToObj(node -> address(node) + " " + host(node) + "\n")
                        .collect(Collectors.joining("", "127.0.0.1 localhost\n", "")),
                StandardCharsets.UTF_8);
        Files.move(next, hosts(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path hosts() {
        return spec.directory().resolve("hosts");
    }

    private String switchNamespace() {
        return "oarlog-" + spec.run() + "-switch";
    }

    private String namespace(int node) {
        return "oarlog-" + spec.run() + "-" + (node == Cluster.CLIENTS ? "clients" : Integer.toString(node));
    }

    private void in(String namespace, String... command) {
        Tool.run(entering(namespace, List.of(command)));
    }

    /** Not {@code ip netns exec}: that gives a copy of all mounts as well, which keeps volumes mounted. */
    private static List<String> entering(String namespace, List<String> command) {
        List<String> whole = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace));
        whole.addAll(command);
        return whole;
    }

    @Override
    public String host(int node) {
        return "node-" + node;
    }

    @Override
    public Ports ports(int node) {
        return PORTS;
    }

    @Override
    public void start(int node, Path data) throws IOException {
        Path config = spec.nodeDirectory(node).resolve("server.properties");
        NodeConfig.write(NodeConfig.of(spec, this, node, data), config);
        processes.start(node, entering(namespace(node), List.of()), namesFrom(hosts()), config);
    }

    private static List<String> namesFrom(Path hosts) {
        // As in the image: a node that comes back may have another address.
        return List.of(
                "-Djdk.net.hosts.file=" + hosts, "-Dsun.net.inetaddr.ttl=5", "-Dsun.net.inetaddr.negative.ttl=1");
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
        return entering(namespace(node), command);
    }

    @Override
    public boolean hasNetwork(int node) {
        return true;
    }

    @Override
    public String address(int node) {
        String address = addresses.get(node);
        if (address == null) {
            throw new IllegalStateException("not created");
        }
        return address;
    }

    @Override
    public void readdress(int node) throws IOException {
        assign(node);
        writeHosts();
    }

    @Override
    public Process startClient(List<String> arguments) throws IOException {
        return ClientProcess.start(
                spec, journal, entering(namespace(Cluster.CLIENTS), List.of()), namesFrom(hosts()), arguments);
    }

    @Override
    public OperatorCommand operate(List<String> arguments) throws IOException {
        List<String> prefix = entering(namespace(Cluster.CLIENTS), List.of());
        return OperatorProcess.start(
                spec, journal, ServerProgram.operator(spec, prefix, namesFrom(hosts()), arguments));
    }

    @Override
    public Path clientDirectory() {
        return spec.directory();
    }

    @Override
    public void close() {
        processes.close();
        for (int node = Cluster.CLIENTS; node <= spec.places(); node++) {
            Tool.tryRun(List.of("ip", "netns", "del", namespace(node)));
        }
        Tool.tryRun(List.of("ip", "netns", "del", switchNamespace()));
    }
}
