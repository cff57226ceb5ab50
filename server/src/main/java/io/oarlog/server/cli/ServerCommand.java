package io.oarlog.server.cli;

import io.oarlog.server.Broker;
import io.oarlog.server.BrokerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs one broker in the foreground until it is told to stop. */
@Command(
        name = "server",
        mixinStandardHelpOptions = true,
        description = "Run one broker of a cluster in the foreground.",
        footer = {
            "",
            "The file needs node.id, cluster.nodes and data.dir:",
            "  node.id=1",
            "  cluster.nodes=1@10.0.0.1:9192,2@10.0.0.2:9192,3@10.0.0.3:9192",
            "  data.dir=/var/lib/oarlog",
            "  listener=0.0.0.0:9092",
            "  advertised.listener=10.0.0.1:9092",
            "Example: oarlog server --config server.properties",
            "         OARLOG_NODE_ID=1 oarlog server --config common.properties --environment",
            "         oarlog server --config server.properties --listener inside=10.0.0.1:9092"
                    + " --listener outside=0.0.0.0:9093 --advertised outside=kafka-1.example.org:9093"
        })
final class ServerCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Properties file of this broker.")
    @SuppressWarnings("NullAway.Init") // required
    private Path config;

    @Option(
            names = "--environment",
            description = "Take settings from variables as well, OARLOG_NODE_ID for node.id, in place of the file's.")
    private boolean usesEnvironment;

    @Option(
            names = "--listener",
            paramLabel = "[NAME=]HOST:PORT",
            description = "Where Kafka clients are served, in place of the file's; several, each with a name.")
    private List<String> listeners = List.of();

    @Option(
            names = "--advertised",
            paramLabel = "[NAME=]HOST[:PORT]",
            description = {
                "What clients of the listener are told, in place of the file's. HOST may be *: the address that the client"
                        + " used, where all nodes are on one machine. oarlog doctor listeners shows what comes of it."
            })
    private List<String> advertised = List.of();

    @Option(names = "--stop-on-stdin-end", hidden = true, description = "Stop when standard input ends.")
    private boolean stopOnStdinEnd;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        BrokerSettings settings = BrokerSettings.load(config, given());
        CompletableFuture<Optional<Throwable>> stopped = new CompletableFuture<>();
        Broker broker = Broker.start(settings);
        var unused = broker.failure().thenAccept(cause -> stopped.complete(Optional.of(cause)));
        Thread hook = new Thread(
                () -> {
                    broker.close();
                    stopped.complete(Optional.empty());
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        var out = spec.commandLine().getOut();
        out.println("node " + settings.nodeId() + " listens on " + settings.listenerText()
                + " and serves once a majority of the cluster is up");
        out.flush();
        if (stopOnStdinEnd) {
            watchStdin();
        }
        Optional<Throwable> failure = stopped.get();
        failure.ifPresent(cause -> spec.commandLine()
                .getErr()
                .println("node " + settings.nodeId() + " stops, for it cannot go on with the cluster's metadata: "
                        + cause.getMessage() + "; see to the disk of " + settings.dataDirectory()
                        + ", or to the version of this build, and start it again"));
        return failure.isPresent() ? 1 : 0;
    }

    /** What takes the place of the file's. */
    private Map<String, String> given() {
        Map<String, String> given = new HashMap<>(usesEnvironment ? EnvironmentSettings.of(System.getenv()) : Map.of());
        if (!listeners.isEmpty()) {
            given.put("listener", String.join(",", listeners));
        }
        if (!advertised.isEmpty()) {
            given.put("advertised.listener", String.join(",", advertised));
        }
        return given;
    }

    /** The process that started this one holds the other end: when it is gone, however it ended, so is this one. */
    private static void watchStdin() {
        Thread watcher = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // nothing is expected, only the end
                        }
                    } catch (IOException e) {
                        // A broken pipe is an end as well.
                    }
                    System.exit(0);
                },
                "stdin-watch");
        watcher.setDaemon(true);
        watcher.start();
    }
}
