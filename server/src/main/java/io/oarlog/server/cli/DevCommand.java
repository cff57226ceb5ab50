package io.oarlog.server.cli;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.OarlogException;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.embedded.ClusterPorts;
import io.oarlog.server.group.GroupSettings;
import io.oarlog.server.group.OffsetsTopic;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs a cluster on this machine in the foreground. */
@Command(
        name = "dev",
        mixinStandardHelpOptions = true,
        description = "Run a cluster on this machine in the foreground; Ctrl-C stops it.",
        footer = {"", "Example: oarlog dev -n 3 --data ./oarlog-data --port 9092"})
final class DevCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(DevCommand.class);
    private static final int MAX_NODES = 5;
    /** Nobody waits on a developer's machine: topics are there when they are used, groups are given their partitions at once. */
    private static final Map<String, String> SETTINGS =
            Map.of("auto.create.topics.enable", "true", "group.initial.rebalance.delay.ms", "0");

    @Option(names = "-n", paramLabel = "NODES", defaultValue = "3", description = "1 to 5 (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "oarlog-data",
            description = "Kept over restarts (default: ./${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private Path data;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = ClusterLayout.LOOPBACK,
            description = {
                "Address of this machine at which clients are served; 0.0.0.0: at every one, and they are told the one that"
                        + " they used (default: ${DEFAULT-VALUE}, for this machine alone). Whoever reaches it may do"
                        + " everything."
            })
    @SuppressWarnings("NullAway.Init") // has a default
    private String host;

    @Option(
            names = "--port",
            defaultValue = "9092",
            description = "Kafka port of node 1; the others follow (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--raft-port",
            defaultValue = "9192",
            description = "Raft port of node 1; the others follow. Fixed once DIR exists (default: ${DEFAULT-VALUE}).")
    private int raftPort;

    @Option(
            names = "--zookeeper-port",
            paramLabel = "PORT",
            description = "Serve ZooKeeper clients on this port of node 1; the others follow (default: not served).")
    private @Nullable Integer zooKeeperPort;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (nodes < 1 || nodes > MAX_NODES) {
            throw new ParameterException(spec.commandLine(), "-n " + nodes + ": must be in 1.." + MAX_NODES);
        }
        checkRange("--port", port);
        checkRange("--raft-port", raftPort);
        Files.createDirectories(data);
        List<Integer> raftPorts = storedRaftPorts();
        List<Integer> kafkaPorts = consecutive(port, raftPorts.size());
        if (!Collections.disjoint(kafkaPorts, raftPorts)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--port " + port + ": the Kafka ports " + kafkaPorts + " and the Raft ports " + raftPorts
                            + " overlap; choose another --port");
        }
        List<Integer> zooKeeperPorts = zooKeeperPorts(kafkaPorts, raftPorts);
        check(kafkaPorts, "--port");
        check(zooKeeperPorts, "--zookeeper-port");
        check(raftPorts, Files.exists(layoutFile()) ? null : "--raft-port");
        store(raftPorts);

        ProcessCluster cluster = new ProcessCluster(
                data.toAbsolutePath(),
                new ClusterLayout(host, kafkaPorts, raftPorts, zooKeeperPorts),
                SETTINGS,
                ProcessCluster.JVM_ARGUMENTS);
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "stop-cluster"));
        cluster.startAll();
        cluster.awaitReady(Duration.ofSeconds(60));
        var out = spec.commandLine().getOut();
        out.printf("%d nodes are up, data in %s%n", raftPorts.size(), data);
        out.printf("bootstrap: %s%n", cluster.bootstrap());
        if (!zooKeeperPorts.isEmpty()) {
            out.printf("zookeeper: %s%n", cluster.zooKeeperAddresses());
        }
        out.println("Ctrl-C stops the cluster.");
        out.flush();
        createOffsetsTopic(cluster);
        while (true) {
            cluster.awaitAnyEnd(Duration.ofHours(1));
        }
    }

    /** So that the first group need not wait for it. */
    private static void createOffsetsTopic(ProcessCluster cluster) {
        try (Admin admin = new Admin(AdminSettings.defaults(cluster.bootstrap()))) {
            int replicationFactor = GroupSettings.replicationFactor(cluster.size());
            GroupSettings settings = GroupSettings.defaults(replicationFactor);
            admin.createTopic(
                    OffsetsTopic.NAME, settings.offsetsPartitions(), (short) replicationFactor, OffsetsTopic.configs());
        } catch (OarlogException e) {
            LOG.debug("the offsets topic is there, or made when the first group asks for it", e);
        }
    }

    /** Of node 1, 2, ...; empty when ZooKeeper clients are not served. */
    private List<Integer> zooKeeperPorts(List<Integer> kafkaPorts, List<Integer> raftPorts) {
        if (zooKeeperPort == null) {
            return List.of();
        }
        checkRange("--zookeeper-port", zooKeeperPort);
        List<Integer> ports = consecutive(zooKeeperPort, raftPorts.size());
        if (!Collections.disjoint(ports, kafkaPorts) || !Collections.disjoint(ports, raftPorts)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--zookeeper-port " + zooKeeperPort + ": the ports " + ports + " and the Kafka ports " + kafkaPorts
                            + " or the Raft ports " + raftPorts + " overlap; choose another one");
        }
        return ports;
    }

    private void checkRange(String option, int first) {
        int last = ClusterPorts.MAX - MAX_NODES + 1;
        if (first < 1 || first > last) {
            throw new ParameterException(spec.commandLine(), option + " " + first + ": must be in 1.." + last);
        }
    }

    private static List<Integer> consecutive(int first, int count) {
        return IntStream.range(first, first + count).boxed().toList();
    }

    private void check(List<Integer> ports, @Nullable String option) {
        for (int taken : ports) {
            if (!ClusterPorts.isFree(taken)) {
                throw new CommandFailedException("port " + taken + " is taken; "
                        + (option == null
                                ? "the cluster in " + data
                                        + " is bound to it: free it, or start anew with --data OTHER-DIR"
                                : "choose others with " + option + " FIRST-PORT"));
            }
        }
    }

    private Path layoutFile() {
        return data.resolve("cluster.properties");
    }

    /** The Raft ports that the groups in the directory know, or those asked for when it is new. */
    private List<Integer> storedRaftPorts() throws IOException {
        if (!Files.exists(layoutFile())) {
            return consecutive(raftPort, nodes);
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(layoutFile(), StandardCharsets.UTF_8)) {
            properties.load(reader);
        }
        List<Integer> stored;
        try {
            stored = Arrays.stream(properties.getProperty("raft.ports", "").split(","))
                    .map(Integer::valueOf)
                    .toList();
        } catch (NumberFormatException e) {
            throw new CommandFailedException(layoutFile() + ": raft.ports is not a list of ports", e);
        }
        boolean asksForOther = spec.commandLine().getParseResult().hasMatchedOption("-n") && nodes != stored.size();
        if (asksForOther) {
            throw new CommandFailedException("the cluster in " + data + " has " + stored.size()
                    + " nodes; leave out -n, or start anew with --data OTHER-DIR");
        }
        return stored;
    }

    private void store(List<Integer> raftPorts) throws IOException {
        Properties properties = new Properties();
        properties.setProperty(
                "raft.ports", raftPorts.stream().map(String::valueOf).collect(Collectors.joining(",")));
        try (Writer writer = Files.newBufferedWriter(layoutFile(), StandardCharsets.UTF_8)) {
            properties.store(writer, "of this cluster, for good: its Raft groups know their members by them");
        }
    }
}
