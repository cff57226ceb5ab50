package io.oarlog.server.cli;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.OarlogException;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Broker processes on this machine's loopback address, one Java process each. Confined to one thread, but for {@link #close},
 * which may come from any: from the end of the process, in the middle of a start.
 *
 * <p>Node {@code i} of {@code n} keeps everything under {@code <directory>/node-<i>}: settings, data, log file.
 */
final class ProcessCluster implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
    /** Of a node that is run to be used: a small heap. */
    static final List<String> JVM_ARGUMENTS = List.of("-Xmx512m", "-XX:+UseG1GC");

    private final Path directory;
    private final ClusterLayout layout;
    private final Map<String, String> settings;
    private final List<String> jvmArguments;
    private final Object lock = new Object(); // guards running; nothing is started once it is closed
    private final Map<Integer, Process> running = new TreeMap<>();
    private volatile boolean isClosed; // written under the lock

    /**
     * @param settings of every node, beside those that it needs
     * @param jvmArguments of every node, such as {@link #JVM_ARGUMENTS}
     */
    ProcessCluster(Path directory, ClusterLayout layout, Map<String, String> settings, List<String> jvmArguments) {
        this.directory = directory;
        this.layout = layout;
        this.settings = Map.copyOf(settings);
        this.jvmArguments = List.copyOf(jvmArguments);
    }

    boolean isClosed() {
        return isClosed;
    }

    int size() {
        return layout.size();
    }

    String bootstrap() {
        return IntStream.rangeClosed(1, size()).mapToObj(this::address).collect(Collectors.joining(","));
    }

    String address(int node) {
        return layout.reachableHost() + ":" + layout.kafkaPorts().get(node - 1);
    }

    /** As a ZooKeeper client wants them. */
    String zooKeeperAddresses() {
        return layout.zooKeeperPorts().stream()
                .map(port -> layout.reachableHost() + ":" + port)
                .collect(Collectors.joining(","));
    }

    Path dataDirectory(int node) {
        return directory.resolve("node-" + node).resolve("data");
    }

    private Path logFile(int node) {
        return directory.resolve("node-" + node).resolve("broker.log");
    }

    void startAll() throws IOException {
        for (int node = 1; node <= size(); node++) {
            start(node);
        }
    }

    /** Starts one node's process; returns before it serves. */
    void start(int node) throws IOException {
        synchronized (lock) {
            if (isClosed) {
                throw new CommandFailedException("stopped");
            }
            running.put(node, launch(node));
        }
    }

    private Process launch(int node) throws IOException {
        Path home = directory.resolve("node-" + node);
        Files.createDirectories(home);
        Path config = home.resolve("server.properties");
        Files.writeString(
                config,
                String.join(
                        "\n",
                        "node.id=" + node,
                        "cluster.nodes="
                                + IntStream.rangeClosed(1, size())
                                        .mapToObj(layout::raftNode)
                                        .collect(Collectors.joining(",")),
                        "data.dir=" + dataDirectory(node).toString().replace("\\", "\\\\"),
                        "listener=" + layout.kafkaListener(node),
                        // They stop together.
                        "controlled.shutdown.enable=false",
                        layout.servesZooKeeperClients() ? "zookeeper.listener=" + layout.zooKeeperListener(node) : "",
                        settings.entrySet().stream()
                                .map(setting -> setting.getKey() + "=" + setting.getValue())
                                .collect(Collectors.joining("\n")),
                        ""),
                StandardCharsets.UTF_8);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.addAll(ProgramCode.jvmArguments());
        command.addAll(List.of(
                "-Dlogback.configurationFile=broker-logback.xml",
                Oarlog.class.getName(),
                "server",
                "--config",
                config.toString(),
                "--stop-on-stdin-end"));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(logFile(node).toFile()))
                .start();
    }

    /**
     * Waits until every node is up and known to the others.
     *
     * @throws CommandFailedException with the end of the node's log when one of them ends, or when the limit passes
     */
    void awaitReady(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline) {
            if (brokersSeen() == size()) {
                return;
            }
            awaitAnyEnd(POLL_INTERVAL);
        }
        throw new CommandFailedException(
                "the cluster was not ready in " + limit.toSeconds() + " s; see " + directory + "/node-*/broker.log");
    }

    private int brokersSeen() {
        AdminSettings settings = AdminSettings.defaults(bootstrap()).withOperationTimeout(Duration.ofSeconds(2));
        try (Admin admin = new Admin(settings)) {
            return admin.describeCluster().brokers().size();
        } catch (OarlogException e) {
            return 0; // not up yet: asked again until the limit
        }
    }

    /**
     * Returns when {@code limit} has passed and all nodes run still.
     *
     * @throws CommandFailedException as soon as a node that should run has ended
     */
    void awaitAnyEnd(Duration limit) throws InterruptedException {
        Map<Integer, Process> expected = running();
        CompletableFuture<?> anyEnd = CompletableFuture.anyOf(
                expected.values().stream().map(Process::onExit).toArray(CompletableFuture<?>[]::new));
        try {
            anyEnd.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        expected.forEach((node, process) -> {
            if (!process.isAlive() && !isClosed) {
                throw new CommandFailedException(
                        "node " + node + " ended with code " + process.exitValue() + ": " + lastLine(logFile(node)));
            }
        });
    }

    private static String lastLine(Path file) {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            return lines.isEmpty() ? "it printed nothing" : lines.get(lines.size() - 1);
        } catch (IOException e) {
            return "see " + file;
        }
    }

    /** Ends a node as a power switch would: SIGKILL, nothing is said to it. */
    void kill(int node) throws InterruptedException {
        takeOut(node).destroyForcibly().waitFor();
    }

    /** Stops a node in order, by SIGTERM; returns when it has ended, and how. */
    int stop(int node) throws InterruptedException {
        Process process = takeOut(node);
        process.destroy();
        return process.waitFor();
    }

    private Process takeOut(int node) {
        synchronized (lock) {
            Process process = running.remove(node);
            if (process == null) {
                throw new IllegalStateException("node " + node + " does not run");
            }
            return process;
        }
    }

    /** Stops all nodes in order, SIGTERM first. */
    @Override
    public void close() {
        synchronized (lock) {
            isClosed = true;
        }
        Map<Integer, Process> stopping = running();
        stopping.values().forEach(Process::destroy);
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        for (Process process : stopping.values()) {
            try {
                if (!process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    private Map<Integer, Process> running() {
        synchronized (lock) {
            return new TreeMap<>(running);
        }
    }
}
