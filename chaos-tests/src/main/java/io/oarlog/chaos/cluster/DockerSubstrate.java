package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Containers of the image that {@code docker/build.sh} makes, on a network of their own without a way out; the clients are in a
 * container as well. Everything carries the label {@code io.oarlog.chaos=<run>} and is swept by it. The command line is used, as
 * a person would.
 */
final class DockerSubstrate implements Substrate {
    static final String IMAGE = "oarlog";
    /** The user and group that the image runs as. */
    private static final String USER = "10001:10001";

    private static final Ports PORTS = new Ports(9092, 9192, 2181);
    private static final String DATA = "/var/lib/oarlog";
    private static final Path RUN = Path.of("/run/oarlog-chaos");

    private final ClusterSpec spec;
    private final UndoJournal journal;
    private final ClockFiles clocks;
    private final String label;
    private final String subnet;
    private final Map<Integer, String> addresses = new HashMap<>();
    private final Set<Integer> made = new HashSet<>();
    private int nextAddress = 10;

    DockerSubstrate(ClusterSpec spec, UndoJournal journal, ClockFiles clocks) {
        this.spec = spec;
        this.journal = journal;
        this.clocks = clocks;
        this.label = "io.oarlog.chaos=" + spec.run();
        int drawn = spec.run().hashCode() & 0x3fff; // runs beside each other have networks of their own
        this.subnet = "10." + (64 + (drawn >> 8)) + "." + (drawn & 0xff);
    }

    /** Why it cannot be used here; empty when it can. */
    static Optional<String> lack() {
        if (Tool.tryRun(List.of("docker", "version", "--format", "{{.Server.Version}}"))
                        .status()
                != 0) {
            return Optional.of("no Docker daemon answers: run docker/base-image.sh, which starts one");
        }
        if (Tool.tryRun(List.of("docker", "image", "inspect", IMAGE)).status() != 0) {
            return Optional.of("there is no image " + IMAGE + ": run docker/build.sh");
        }
        return Optional.empty();
    }

    @Override
    public String name() {
        return "docker";
    }

    @Override
    public Map<Capability, String> lacks() {
        Map<Capability, String> lacks = new EnumMap<>(Capability.class);
        clocks.environment(Path.of("/")).forEach((name, value) -> {
            if (name.equals("LD_PRELOAD") && !isInImage(value)) {
                lacks.put(Capability.CLOCK, "the image has no " + value + ": build it on oarlog-base");
            }
        });
        if (!Tool.tryRun(List.of("id", "-u")).output().equals("0")) {
            String reason = "networks of containers are entered by root: run it with sudo";
            lacks.put(Capability.NETWORK, reason);
            lacks.put(Capability.RATE, reason);
            lacks.put(Capability.DELAY, reason);
        }
        return lacks;
    }

    private static boolean isInImage(String file) {
        return Tool.tryRun(List.of(
                                "docker",
                                "run",
                                "--rm",
                                "--network",
                                "none",
                                "--entrypoint",
                                "test",
                                IMAGE,
                                "-e",
                                file))
                        .status()
                == 0;
    }

    @Override
    public void create() {
        // The nodes are no root, and read their settings and clocks there.
        Tool.run("chmod", "755", spec.directory().toString());
        journal.willDo(List.of("docker", "network", "rm", network()));
        journal.willDo(List.of(
                "sh", "-c", "docker ps -aq --filter label=" + label + " | xargs -r docker rm -f -v > /dev/null"));
        Tool.run(
                "docker", "network", "create", "--internal", "--label", label, "--subnet", subnet + ".0/24", network());
        for (int node = Cluster.CLIENTS; node <= spec.places(); node++) {
            addresses.put(node, subnet + "." + nextAddress++);
        }
    }

    private String network() {
        return "oarlog-" + spec.run();
    }

    private String container(int node) {
        return "oarlog-" + spec.run() + "-" + node;
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
        if (made.add(node)) {
            make(node, data);
        }
        Tool.run("docker", "start", container(node));
    }

    private void make(int node, Path data) throws IOException {
        Path config = spec.nodeDirectory(node).resolve("server.properties");
        NodeConfig.write(NodeConfig.of(spec, this, node, Path.of(DATA)), config);
        Tool.run("chown", "-R", USER, data.toString());
        Tool.run("sync", "-f", data.toString()); // a power cut must not take the ownership back
        List<String> command = new ArrayList<>(List.of("docker", "create", "--name", container(node)));
        command.addAll(List.of("--hostname", host(node), "--label", label, "--memory", "1g", "--no-healthcheck"));
        command.addAll(List.of("--network", network(), "--ip", address(node), "--network-alias", host(node)));
        command.addAll(List.of("-v", data + ":" + DATA, "--mount", runDirectory() + ",readonly"));
        clocks.environment(RUN.resolve(clocks.file(node).getFileName()))
                .forEach((name, value) -> command.addAll(List.of("-e", name + "=" + value)));
        command.addAll(List.of("-e", "OARLOG_JAVA_OPTIONS=" + String.join(" ", spec.jvmArguments())));
        command.add(IMAGE);
        command.addAll(List.of(
                "server",
                "--config",
                RUN.resolve("node-" + node + "/server.properties").toString()));
        Tool.run(command);
    }

    /** Without the volumes that are mounted below it: whoever has them too keeps them from being unmounted. */
    private String runDirectory() {
        return "type=bind,source=" + spec.directory() + ",target=" + RUN + ",bind-nonrecursive";
    }

    @Override
    public long pid(int node) {
        Tool.Result state = Tool.tryRun(
                List.of("docker", "inspect", "--format", "{{.State.Running}} {{.State.Pid}}", container(node)));
        return state.status() == 0 && state.output().startsWith("true ")
                ? Long.parseLong(state.output().substring("true ".length()))
                : -1;
    }

    @Override
    public void awaitEnd(int node) {
        Tool.run("docker", "wait", container(node));
    }

    @Override
    public List<String> inNetwork(int node, List<String> command) {
        List<String> whole = new ArrayList<>(List.of("nsenter", "--net", "--target", Long.toString(pid(node))));
        whole.addAll(command);
        return whole;
    }

    @Override
    public boolean hasNetwork(int node) {
        return pid(node) > 0;
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
    public void readdress(int node) {
        addresses.put(node, subnet + "." + nextAddress++);
        Tool.run("docker", "network", "disconnect", network(), container(node));
        Tool.run(
                "docker",
                "network",
                "connect",
                "--ip",
                address(node),
                "--alias",
                host(node),
                network(),
                container(node));
    }

    @Override
    public Process startClient(List<String> arguments) throws IOException {
        Path classes = spec.chaosJar().getParent();
        List<String> command = new ArrayList<>(List.of("docker", "run", "-i", "--rm", "--label", label));
        command.addAll(List.of("--name", "oarlog-" + spec.run() + "-clients", "--network", network(), "--user", "0"));
        command.addAll(List.of("--ip", address(Cluster.CLIENTS)));
        command.addAll(List.of("--mount", runDirectory(), "-v", classes + ":/opt/chaos:ro"));
        command.addAll(List.of("--entrypoint", "java", IMAGE, "-Xmx1g", "-XX:+UseSerialGC"));
        command.addAll(List.of("-XX:+DisplayVMOutputToStderr", "-Dzookeeper.request.timeout=10000", "-cp"));
        command.add("/opt/chaos/" + spec.chaosJar().getFileName());
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectError(Redirect.appendTo(
                        spec.directory().resolve("clients.log").toFile()))
                .start();
    }

    @Override
    public OperatorCommand operate(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("docker", "run", "--rm", "--label", label));
        command.addAll(List.of("--network", network(), "--memory", "512m"));
        command.addAll(List.of("-e", "OARLOG_JAVA_OPTIONS=" + String.join(" ", ServerProgram.BRIEF), IMAGE));
        command.addAll(arguments);
        return OperatorProcess.start(spec, journal, command);
    }

    @Override
    public Path clientDirectory() {
        return RUN;
    }

    @Override
    public void close() {
        made.forEach(this::keepLog);
        Tool.tryRun(List.of(
                "sh", "-c", "docker ps -aq --filter label=" + label + " | xargs -r docker rm -f -v > /dev/null"));
        Tool.tryRun(List.of("docker", "network", "rm", network()));
    }

    private void keepLog(int node) {
        Tool.tryRun(List.of(
                "sh",
                "-c",
                "docker logs \"$0\" > \"$1\" 2>&1",
                container(node),
                spec.nodeDirectory(node).resolve("broker.log").toString()));
    }
}
