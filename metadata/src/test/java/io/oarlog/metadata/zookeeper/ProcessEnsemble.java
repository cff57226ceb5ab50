package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Nodes in a Java process each, on loopback. Node {@code i} keeps everything under {@code <directory>/node-<i>}. Ends them
 * all when this process ends.
 */
final class ProcessEnsemble implements Ensemble {
    /** Below the range from which Linux takes ports for outgoing connections: nobody gets ours while a node is down. */
    private static final int LOW_PORT = 20_000;

    private static final int HIGH_PORT = 32_000;

    /** Those that are started first, and those that may come later. */
    private static final int MOST_NODES = 5;

    /** What makes a process a node. */
    interface Program {
        /**
         * Writes what the node is configured by.
         *
         * @return main class and arguments
         */
        List<String> configure(Addresses addresses, int node, Path home) throws IOException;
    }

    /** Where the nodes are reached: by clients, and by each other at two ports. Immutable. */
    record Addresses(List<Integer> clientPorts, List<Integer> firstPorts, List<Integer> secondPorts) {
        private static Addresses free() {
            List<Integer> ports = freePorts(3 * MOST_NODES);
            return new Addresses(
                    ports.subList(0, MOST_NODES),
                    ports.subList(MOST_NODES, 2 * MOST_NODES),
                    ports.subList(2 * MOST_NODES, 3 * MOST_NODES));
        }

        private Addresses withOtherFirst(int node) {
            List<Integer> ports = new ArrayList<>(firstPorts);
            ports.set(node - 1, freePorts(1).get(0));
            return new Addresses(clientPorts, ports, secondPorts);
        }

        String client(int node) {
            return "127.0.0.1:" + clientPorts.get(node - 1);
        }

        String first(int node) {
            return "127.0.0.1:" + firstPorts.get(node - 1);
        }

        String second(int node) {
            return "127.0.0.1:" + secondPorts.get(node - 1);
        }
    }

    private final Path directory;
    private final List<String> jvmArguments;
    private final Program program;
    private volatile Addresses addresses = Addresses.free();
    private final Map<Integer, Process> running = new ConcurrentSkipListMap<>(); // also read at the end of the process

    private ProcessEnsemble(Path directory, List<String> jvmArguments, Program program) {
        this.directory = directory;
        this.jvmArguments = List.copyOf(jvmArguments);
        this.program = program;
    }

    /** Returns when all nodes serve and one of them leads. */
    static ProcessEnsemble start(Path directory, List<String> jvmArguments, Program program) throws IOException {
        ProcessEnsemble started = new ProcessEnsemble(directory, jvmArguments, program);
        Runtime.getRuntime().addShutdownHook(new Thread(started::close, "stop-nodes"));
        try {
            for (int node = 1; node <= NODES; node++) {
                started.start(node);
            }
            started.awaitServing();
            started.awaitLeader();
        } catch (IOException | RuntimeException e) {
            started.close();
            throw e;
        }
        return started;
    }

    @Override
    public String address(int node) {
        return addresses.client(node);
    }

    Addresses addresses() {
        return addresses;
    }

    Path home(int node) {
        return directory.resolve("node-" + node);
    }

    /** The other nodes reach it at another port when it is started next. */
    void readdress(int node) {
        addresses = addresses.withOtherFirst(node);
    }

    @Override
    public void start(int node) throws IOException {
        Path home = Files.createDirectories(home(node));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        if (!jvmArguments.contains("-cp")) {
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        }
        command.addAll(program.configure(addresses, node, home));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(home.resolve("node.log").toFile()))
                .start();
        running.put(node, process);
    }

    @Override
    public void kill(int node) throws InterruptedException {
        take(node).destroyForcibly().waitFor();
    }

    /** As SIGTERM does: in order. Returns when the node has ended. */
    void stop(int node) throws InterruptedException {
        Process process = take(node);
        process.destroy();
        process.waitFor();
    }

    /**
     * Returns when a node has ended by itself.
     *
     * @throws IllegalStateException when it does not in a minute; it runs on
     */
    void awaitEnd(int node) throws InterruptedException {
        if (!running(node).waitFor(1, TimeUnit.MINUTES)) {
            throw new IllegalStateException("node " + node + " does not end");
        }
        running.remove(node);
    }

    private Process take(int node) {
        Process process = running(node);
        running.remove(node);
        return process;
    }

    /** The process of a node that runs. */
    Process running(int node) {
        Process process = running.get(node);
        if (process == null) {
            throw new IllegalStateException("node " + node + " does not run");
        }
        return process;
    }

    @Override
    public void close() {
        running.values().forEach(Process::destroyForcibly);
        running.values().forEach(process -> process.onExit().join());
        running.clear();
    }

    private static List<Integer> freePorts(int count) {
        return IntStream.generate(() -> ThreadLocalRandom.current().nextInt(LOW_PORT, HIGH_PORT))
                .filter(ProcessEnsemble::isFree)
                .distinct()
                .limit(count)
                .boxed()
                .toList();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
