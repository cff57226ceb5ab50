package io.oarlog.server.cli;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.PartitionDescription;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.embedded.ClusterPorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The main job in one command: a cluster, a stream of records, a dead leader, and proof that nothing is lost. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Start three brokers, stream a file line by line, kill the leader in mid-stream with SIGKILL,",
            "and check that every line is there exactly once, in order, on every replica."
        },
        footer = {"", "Example: oarlog demo /var/log/syslog"})
final class DemoCommand implements Callable<Integer> {
    private static final int NODES = 3;
    private static final String TOPIC = "demo";
    private static final Duration READY_LIMIT = Duration.ofSeconds(40);
    private static final Duration REPLICA_LIMIT = Duration.ofSeconds(40);
    /** A shorter file is streamed several times, so that there is a middle of the stream to kill the leader in. */
    private static final int MIN_LINES = 100_000;

    /** Unless its lines are so long that this is reached before. */
    private static final long ENOUGH_BYTES = 64L << 20;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "Text to stream (default: one found on this machine).")
    private @Nullable Path file;

    @Option(names = "--keep", description = "Keep the cluster's directory for a look.")
    private volatile boolean keep; // read by the clean-up at the process's end

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Path input = file != null ? file : found();
        DemoStream stream = DemoStream.of(input, MIN_LINES, ENOUGH_BYTES);
        out.printf(
                "input: %s, %,d lines%s%n",
                input, stream.fileLines(), stream.passes() > 1 ? ", streamed " + stream.passes() + " times" : "");
        out.flush();
        List<Integer> ports = ClusterPorts.free(2 * NODES, RandomGenerator.getDefault());
        Path directory = Files.createTempDirectory("oarlog-demo-");
        ProcessCluster cluster = new ProcessCluster(
                directory,
                ClusterLayout.local(ports.subList(0, NODES), ports.subList(NODES, 2 * NODES)),
                Map.of(),
                ProcessCluster.JVM_ARGUMENTS);
        Thread cleanup = new Thread(() -> cleanUp(cluster, directory), "demo-cleanup");
        Runtime.getRuntime().addShutdownHook(cleanup);
        boolean isPassed = false;
        try {
            Summary summary = run(cluster, stream);
            report(out, summary);
            isPassed = summary.isPassed();
        } finally {
            if (!cluster.isClosed() && (keep || !isPassed)) {
                keep = true;
                out.println("the brokers' logs and data are kept in " + directory);
                out.flush();
            }
        }
        return isPassed ? 0 : 1;
    }

    private Summary run(ProcessCluster cluster, DemoStream stream) throws Exception {
        try (ProgressBar steps = bar(stream.lines());
                Admin admin = new Admin(AdminSettings.defaults(cluster.bootstrap()))) {
            steps.setExtraMessage("starting " + NODES + " brokers");
            cluster.startAll();
            cluster.awaitReady(READY_LIMIT);
            admin.createTopic(TOPIC, 1, (short) NODES, Map.of());
            PartitionDescription before = awaitLeader(admin);
            steps.setExtraMessage("streaming");
            DemoRun run = new DemoRun(cluster, TOPIC, stream, steps);
            run.streamAndKill(before.leader());
            PartitionDescription after = awaitLeader(admin);
            steps.setExtraMessage("reading back");
            DemoRun.Check check = run.readBack(after.leader());
            steps.setExtraMessage("node " + before.leader() + " comes back");
            cluster.start(before.leader());
            boolean isIdentical = ReplicaFiles.awaitIdentical(
                    List.of(cluster.dataDirectory(1), cluster.dataDirectory(2), cluster.dataDirectory(3)),
                    TOPIC,
                    0,
                    REPLICA_LIMIT);
            return new Summary(run, check, before, after, isIdentical);
        }
    }

    private static void report(PrintWriter out, Summary summary) {
        DemoRun run = summary.run();
        PartitionDescription before = summary.before();
        PartitionDescription after = summary.after();
        line(
                out,
                "lines acknowledged",
                "%,d (%,.1f MB, each fsynced on a majority)",
                run.acknowledged(),
                run.megabytes());
        line(out, "throughput", "%.1f MB/s, the fail-over included", run.megabytesPerSecond());
        line(out, "leader killed", "node %d with SIGKILL after %,d lines", before.leader(), run.killedAfter());
        line(out, "without acknowledged", "%,d ms at most", run.longestGap().toMillis());
        line(
                out,
                "elections",
                "%d (epoch %d to %d), node %d leads",
                after.leaderEpoch() - before.leaderEpoch(),
                before.leaderEpoch(),
                after.leaderEpoch(),
                after.leader());
        line(
                out,
                "read back, node " + after.leader(),
                "%,d lines: %s",
                summary.check().lines(),
                summary.check().verdict());
        line(
                out,
                "replica of node " + before.leader(),
                "%s after its restart",
                summary.isReplicaIdentical() ? "byte-identical" : "DIFFERS");
        out.println(
                summary.isPassed() ? "PASSED: every acknowledged line is there exactly once and in order." : "FAILED");
        out.flush();
    }

    private static void line(PrintWriter out, String name, String format, Object... values) {
        out.printf("%-22s %s%n", name, String.format(Locale.ROOT, format, values));
    }

    /** What the run showed. Immutable. */
    private record Summary(
            DemoRun run,
            DemoRun.Check check,
            PartitionDescription before,
            PartitionDescription after,
            boolean isReplicaIdentical) {
        boolean isPassed() {
            return check.isExact() && isReplicaIdentical;
        }
    }

    private static PartitionDescription awaitLeader(Admin admin) {
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        PartitionDescription partition = admin.describeTopic(TOPIC).partitions().get(0);
        while (!partition.hasLeader()) {
            if (System.nanoTime() > deadline) {
                throw new CommandFailedException("the topic has no leader after " + READY_LIMIT.toSeconds() + " s");
            }
            partition = admin.describeTopic(TOPIC).partitions().get(0);
        }
        return partition;
    }

    private static ProgressBar bar(long lines) {
        return new ProgressBarBuilder()
                .setTaskName("demo")
                .setInitialMax(lines)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(500)
                .build();
    }

    /** A text file that is on every machine that can run this, the largest of those known. */
    private static Path found() {
        return Stream.of(
                        Path.of("/usr/share/dict/words"),
                        Path.of("/var/log/dpkg.log"),
                        Path.of(System.getProperty("java.home"), "lib", "classlist"))
                .filter(Files::isReadable)
                .max(Comparator.comparingLong(p -> p.toFile().length()))
                .orElseThrow(() -> new CommandFailedException("no text file found here; name one: oarlog demo FILE"));
    }

    private void cleanUp(ProcessCluster cluster, Path directory) {
        cluster.close();
        if (keep) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            spec.commandLine().getErr().println("oarlog: " + directory + " was not removed: " + e.getMessage());
        }
    }
}
