package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what many partitions cost. */
@Command(
        name = "partitions",
        mixinStandardHelpOptions = true,
        description = {
            "Create a topic of many partitions with three replicas each on three nodes of this machine, and measure the time of the",
            "creation, what the nodes take while nobody uses them, how soon all partitions have leaders after a node was killed",
            "(SIGKILL), and how long a clean restart of all nodes takes.",
            "Targets, of 1,000 partitions: created in " + PartitionsCommand.MOST_SECONDS_CREATION + " s, restarted in "
                    + PartitionsCommand.MOST_SECONDS_RESTART + " s, leaders after a kill in "
                    + PartitionsCommand.MOST_SECONDS_LEADERS + " s; of 300: less than "
                    + PartitionsCommand.MOST_CORES + " of a core and 1 GB for each node."
        },
        footer = {"", "Example: benchmarks/run.sh partitions --counts 300,1000"})
final class PartitionsCommand implements Callable<Integer> {
    static final int MOST_SECONDS_CREATION = 60;
    static final int MOST_SECONDS_RESTART = 20;
    static final int MOST_SECONDS_LEADERS = 5;
    static final double MOST_CORES = 0.3;
    private static final long MOST_BYTES = 1_000_000_000;
    private static final int COMFORTABLE = 300;
    private static final long DATA_BYTES = 1L << 30;
    private static final String TOPIC = "partitions";

    @Option(
            names = "--counts",
            split = ",",
            defaultValue = "300,1000",
            description = "Numbers of partitions, each measured with nodes of its own (default: ${DEFAULT-VALUE}).")
    private List<Integer> counts = List.of();

    @Option(
            names = "--idle",
            defaultValue = "30",
            description = "Seconds in which nothing is done and CPU time is counted (default: ${DEFAULT-VALUE}).")
    private int idleSeconds;

    @Option(
            names = "--heap",
            defaultValue = MeasuredBrokers.HEAP,
            description = "Of each node (default: ${DEFAULT-VALUE}).")
    private String heap = "";

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private DataOption data;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Map<String, List<String>> rows = new LinkedHashMap<>();
    private boolean isMet = true;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (counts.stream().anyMatch(count -> count < 1) || idleSeconds < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--counts and --idle have to be 1 or more");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (ScratchDirectory scratch = data.create(DATA_BYTES)) {
            out.println(Machine.describe(scratch.path()));
            out.flush();
            for (int count : counts) {
                measure(count, scratch.resolve("brokers-" + count));
            }
        }
        out.printf(Locale.ROOT, "load average %.1f at the end%n%n", Machine.loadAverage());
        out.println("| partitions, three replicas each | "
                + String.join(" | ", counts.stream().map(String::valueOf).toList()) + " |");
        out.println("|---".repeat(counts.size() + 1) + "|");
        rows.forEach((title, cells) -> out.println("| " + title + " | " + String.join(" | ", cells) + " |"));
        out.println(isMet ? "targets met" : "**a target is missed**");
        out.flush();
        return isMet ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private void measure(int count, Path directory) throws IOException, InterruptedException {
        try (OarlogBrokers brokers = MeasuredBrokers.start(directory, heap, Map.of())) {
            long begun = System.nanoTime();
            try (TopicReplicas topic = TopicReplicas.create(brokers.bootstrap(), TOPIC, count)) {
                seconds(count, "creation is answered, s", begun, Double.MAX_VALUE);
                topic.awaitAllInSync();
                seconds(count, "all replicas are in sync, s", begun, MOST_SECONDS_CREATION);
                idle(count, brokers, directory);
                kill(count, brokers, topic);
                restart(count, brokers, topic);
            }
        }
    }

    private void idle(int count, OarlogBrokers brokers, Path directory) throws IOException, InterruptedException {
        TimeUnit.SECONDS.sleep(5); // what creation has left to do
        List<NodeUsage> before = usages(brokers);
        TimeUnit.SECONDS.sleep(idleSeconds);
        List<NodeUsage> after = usages(brokers);
        double mostCores = 0;
        long mostBytes = 0;
        for (int i = 0; i < after.size(); i++) {
            double cores = after.get(i).cpu().minus(before.get(i).cpu()).toMillis() / 1e3 / idleSeconds;
            mostCores = Math.max(mostCores, cores);
            mostBytes = Math.max(mostBytes, after.get(i).residentBytes());
        }
        boolean isBound = count <= COMFORTABLE;
        add(count, "cores of the busiest node while idle", "%.2f", mostCores, !isBound || mostCores < MOST_CORES);
        add(count, "resident memory of the largest, MB", "%,.0f", mostBytes / 1e6, !isBound || mostBytes < MOST_BYTES);
        add(count, "threads of a node", "%,.0f", after.get(0).threads(), true);
        add(count, "open files of a node", "%,.0f", (double) after.get(0).openFiles(), true);
        add(count, "files in a node's data", "%,.0f", (double) files(directory.resolve("node-1")), true);
    }

    /** Some may go meanwhile. */
    private static long files(Path directory) throws IOException {
        AtomicLong files = new AtomicLong();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                files.incrementAndGet();
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        });
        return files.get();
    }

    private static List<NodeUsage> usages(OarlogBrokers brokers) throws IOException {
        List<NodeUsage> usages = new ArrayList<>();
        for (int node = 1; node <= OarlogBrokers.NODES; node++) {
            usages.add(NodeUsage.of(brokers.pid(node)));
        }
        return usages;
    }

    private void kill(int count, OarlogBrokers brokers, TopicReplicas topic) throws IOException, InterruptedException {
        int killed = topic.leaderOfTheFirst();
        brokers.kill(killed);
        long begun = System.nanoTime();
        topic.awaitLeadersOtherThan(killed);
        seconds(count, "after kill -9 of a node: all have leaders, s", begun, MOST_SECONDS_LEADERS);
        begun = System.nanoTime();
        brokers.start(killed);
        topic.awaitAllInSync();
        seconds(count, "the killed node is started: all in sync, s", begun, Double.MAX_VALUE);
    }

    private void restart(int count, OarlogBrokers brokers, TopicReplicas topic)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        for (int node = 1; node <= OarlogBrokers.NODES; node++) {
            brokers.stop(node);
        }
        seconds(count, "clean stop of all, one by one, s", begun, Double.MAX_VALUE);
        begun = System.nanoTime();
        for (int node = 1; node <= OarlogBrokers.NODES; node++) {
            brokers.start(node);
        }
        topic.awaitAllInSync();
        seconds(count, "clean restart of all: all in sync, s", begun, MOST_SECONDS_RESTART);
    }

    private void seconds(int count, String title, long begunNanos, double most) {
        double seconds = (System.nanoTime() - begunNanos) / 1e9;
        add(count, title, "%.1f", seconds, seconds <= most);
    }

    private void add(int count, String title, String format, double figure, boolean isReached) {
        String cell = String.format(Locale.ROOT, format, figure);
        rows.computeIfAbsent(title, key -> new ArrayList<>()).add(isReached ? cell : "**" + cell + "**");
        isMet &= isReached;
        PrintWriter err = spec.commandLine().getErr();
        err.printf(Locale.ROOT, "%,d partitions: %s: %s%n", count, title, cell);
        err.flush();
    }
}
