package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Brokers in a process each, for the modules that have the broker: ZooKeeper's clients are served, and Kafka's. */
public final class OarlogBrokers implements Ensemble {
    private final ProcessEnsemble processes;

    private OarlogBrokers(ProcessEnsemble processes) {
        this.processes = processes;
    }

    /**
     * Returns when all nodes serve.
     *
     * @param directory of the data and the output of all nodes
     * @param mainClass of Oarlog's command line
     */
    public static OarlogBrokers start(Path directory, List<String> jvmArguments, String mainClass) throws IOException {
        return start(directory, jvmArguments, mainClass, Map.of());
    }

    /**
     * Returns when all nodes serve.
     *
     * @param directory of the data and the output of all nodes
     * @param mainClass of Oarlog's command line
     * @param settings of each node, beside those that it needs
     */
    public static OarlogBrokers start(
            Path directory, List<String> jvmArguments, String mainClass, Map<String, String> settings)
            throws IOException {
        return new OarlogBrokers(ProcessEnsemble.start(
                directory,
                jvmArguments,
                (addresses, node, home) -> configure(mainClass, settings, addresses, node, home)));
    }

    private static List<String> configure(
            String mainClass, Map<String, String> settings, ProcessEnsemble.Addresses addresses, int node, Path home)
            throws IOException {
        String nodes = IntStream.concat(IntStream.rangeClosed(1, NODES), IntStream.of(node))
                .distinct()
                .mapToObj(each -> each + "@" + addresses.first(each))
                .collect(Collectors.joining(","));
        Stream<String> needed = Stream.of(
                "node.id=" + node,
                "cluster.nodes=" + nodes,
                "data.dir=" + data(home).toString().replace("\\", "\\\\"),
                "listener=" + addresses.second(node),
                "zookeeper.listener=" + addresses.client(node));
        Stream<String> others = settings.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue());
        Path config = Files.write(
                home.resolve("server.properties"), Stream.concat(needed, others).toList());
        return List.of(mainClass, "server", "--config", config.toString());
    }

    private static Path data(Path home) {
        return home.resolve("data");
    }

    /** Where Kafka's clients begin: the first nodes. */
    public String bootstrap() {
        return IntStream.rangeClosed(1, NODES)
                .mapToObj(node -> processes.addresses().second(node))
                .collect(Collectors.joining(","));
    }

    @Override
    public String address(int node) {
        return processes.address(node);
    }

    /** One of the first nodes again, or a new one, 4 or 5: it joins by itself. */
    @Override
    public void start(int node) throws IOException {
        processes.start(node);
    }

    @Override
    public void kill(int node) throws InterruptedException {
        processes.kill(node);
    }

    /** As SIGTERM does: in order, and what it leads is handed over first. Returns when the node has ended. */
    public void stop(int node) throws InterruptedException {
        processes.stop(node);
    }

    /** Returns when a node that was removed from the cluster has ended. */
    public void awaitEnd(int node) throws InterruptedException {
        processes.awaitEnd(node);
    }

    /** Of a node that does not run: as one that was lost. */
    public void emptyDisk(int node) throws IOException {
        try (Stream<Path> files = Files.walk(data(processes.home(node)))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Of a node that does not run: the others reach it at another port when it is started, and are not told. */
    public void readdress(int node) {
        processes.readdress(node);
    }

    /** Of the process of a node that runs. */
    public long pid(int node) {
        return processes.running(node).pid();
    }

    @Override
    public void close() {
        processes.close();
    }
}
