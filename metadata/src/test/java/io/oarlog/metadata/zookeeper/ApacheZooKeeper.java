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
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/**
 * Apache ZooKeeper from the class path, three servers in a process each: what says whether a test is right. Everything is
 * at its default but for the addresses, and its HTTP server is off.
 */
public final class ApacheZooKeeper implements Ensemble {
    /** Below the range from which Linux takes ports for outgoing connections. */
    private static final int LOW_PORT = 20_000;

    private static final int HIGH_PORT = 32_000;

    private final Path directory;
    private final List<String> jvmArguments;
    private final List<Integer> ports = freePorts(3 * NODES);
    private final Map<Integer, Process> running = new ConcurrentSkipListMap<>(); // also read at the end of the process

    private ApacheZooKeeper(Path directory, List<String> jvmArguments) {
        this.directory = directory;
        this.jvmArguments = List.copyOf(jvmArguments);
    }

    /**
     * Returns when all nodes serve.
     *
     * @param directory of the data and the output of all nodes
     */
    public static ApacheZooKeeper start(Path directory, List<String> jvmArguments) throws IOException {
        ApacheZooKeeper started = new ApacheZooKeeper(directory, jvmArguments);
        Runtime.getRuntime().addShutdownHook(new Thread(started::close, "stop-zookeeper"));
        try {
            for (int node = 1; node <= NODES; node++) {
                started.start(node);
            }
            started.awaitServing();
        } catch (IOException | RuntimeException e) {
            started.close();
            throw e;
        }
        return started;
    }

    @Override
    public String address(int node) {
        return "127.0.0.1:" + ports.get(node - 1);
    }

    @Override
    public void start(int node) throws IOException {
        Path home = Files.createDirectories(directory.resolve("zookeeper-" + node));
        Files.writeString(home.resolve("myid"), String.valueOf(node));
        Path config = home.resolve("zoo.cfg");
        Files.writeString(config, configuration(home));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), QuorumPeerMain.class.getName(), config.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(home.resolve("server.log").toFile()))
                .start();
        running.put(node, process);
    }

    private String configuration(Path home) {
        StringBuilder lines = new StringBuilder()
                .append("tickTime=2000\ninitLimit=10\nsyncLimit=5\nadmin.enableServer=false\n")
                .append("4lw.commands.whitelist=ruok,srvr\ndataDir=")
                .append(home.toString().replace("\\", "\\\\"))
                .append('\n');
        for (int node = 1; node <= NODES; node++) {
            lines.append("server.").append(node).append("=127.0.0.1:").append(ports.get(NODES + node - 1));
            lines.append(':').append(ports.get(2 * NODES + node - 1));
            lines.append(";").append(address(node)).append('\n');
        }
        return lines.toString();
    }

    @Override
    public void kill(int node) throws InterruptedException {
        Process process = running.remove(node);
        if (process == null) {
            throw new IllegalStateException("node " + node + " does not run");
        }
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        running.values().forEach(Process::destroyForcibly);
        running.values().forEach(process -> process.onExit().join());
        running.clear();
    }

    private static List<Integer> freePorts(int count) {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < count) {
            int port = ThreadLocalRandom.current().nextInt(LOW_PORT, HIGH_PORT);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        return ports;
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
