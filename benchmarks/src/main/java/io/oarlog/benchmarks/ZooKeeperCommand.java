package io.oarlog.benchmarks;

import io.oarlog.log.Disk;
import io.oarlog.metadata.zookeeper.Ensemble;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what three nodes do for ZooKeeper's clients, beside three of Apache ZooKeeper's servers. */
@Command(
        name = "zookeeper",
        mixinStandardHelpOptions = true,
        description = {
            "Measure requests of ZooKeeper's Java client at three Oarlog nodes and at three Apache ZooKeeper servers, in",
            "turn, and how long nobody can write after the leader was killed. All are processes on this machine, on one",
            "disk, with fsync. Each client keeps " + PipelinedClient.OUTSTANDING
                    + " requests outstanding; a znode has 100 bytes.",
            "The first client is at a node that does not lead, the others are spread. Nodes are slow until their code is",
            "compiled, and the compiler drops code and makes other when the load changes: each measurement begins when",
            "the rate under its own load has not grown for three stretches of " + ZooKeeperCommand.STRETCH_SECONDS
                    + " seconds.",
            "Targets: as many requests a second as ZooKeeper at least, and no longer gap."
        },
        footer = {"", "Example: benchmarks/run.sh zookeeper --rounds 5 --dir /mnt/disk"})
final class ZooKeeperCommand implements Callable<Integer> {
    /** More than logs and snapshots of one ensemble take in a round. */
    private static final long DATA_BYTES = 4L << 30;

    private static final String PARENT = "/benchmark";
    static final int STRETCH_SECONDS = 5;
    /** Of the warm-up, for each of the two writes: most of what has to be compiled is on their way. */
    private static final double WRITE_SHARE = 0.45;

    @Option(names = "--rounds", defaultValue = "3", description = "Of both (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--clients",
            split = ",",
            defaultValue = "1,16,128",
            description = "How many at a time (default: ${DEFAULT-VALUE}).")
    private int[] clients = {};

    @Option(names = "--seconds", defaultValue = "5", description = "For each measurement (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "Of writes and reads after the start of the nodes (default: ${DEFAULT-VALUE}).")
    private double warmUpSeconds;

    @Option(
            names = "--lead",
            paramLabel = "SECONDS",
            defaultValue = "90",
            description = {
                "At most, under the load of each measurement before it begins; less when its rate does not grow any",
                "more (default: ${DEFAULT-VALUE})."
            })
    private double leadSeconds;

    @Option(
            names = "--results",
            paramLabel = "DIR",
            defaultValue = "${sys:oarlog.benchmarks.results:-benchmark-results}",
            description =
                    "For the output of the nodes when a connection is lost or the measurement fails (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private Path results;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private DataOption data;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final ServiceFigures figures = new ServiceFigures();

    @Override
    public Integer call() throws IOException, InterruptedException, KeeperException, ExecutionException {
        PrintWriter out = spec.commandLine().getOut();
        try (ScratchDirectory scratch = data.create(DATA_BYTES)) {
            out.println(Machine.describe(scratch.path()));
            out.flush();
            for (int round = 1; round <= rounds; round++) {
                for (Contender contender : order(round)) {
                    progress("round %d of %d: %s", round, rounds, contender);
                    Path directory = scratch.resolve(contender + "-" + round);
                    measureAndKeep(contender, directory);
                    Disk.system().deleteRecursively(directory);
                }
            }
            out.printf("load average %.1f at the end%n%n", Machine.loadAverage());
            figures.table().forEach(out::println);
            out.flush();
            return figures.isTargetMet() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    private void progress(String format, Object... values) {
        PrintWriter err = spec.commandLine().getErr();
        err.printf(Locale.ROOT, format + "%n", values);
        err.flush();
    }

    /** Which comes first alternates. */
    private static List<Contender> order(int round) {
        return round % 2 == 1
                ? List.of(Contender.OARLOG, Contender.ZOOKEEPER)
                : List.of(Contender.ZOOKEEPER, Contender.OARLOG);
    }

    /** The output of the nodes is kept when something went wrong. */
    private void measureAndKeep(Contender contender, Path directory)
            throws IOException, InterruptedException, KeeperException, ExecutionException {
        boolean isSound = false;
        LongAdder losses = new LongAdder();
        try {
            measure(contender, directory, losses);
            isSound = losses.sum() == 0;
        } finally {
            figures.addLosses(contender, losses.sum());
            if (!isSound) {
                progress(
                        "%d requests were lost with a connection; the nodes' output is in %s",
                        losses.sum(), NodeOutput.keep(directory, results));
            }
        }
    }

    private void measure(Contender contender, Path directory, LongAdder losses)
            throws IOException, InterruptedException, KeeperException, ExecutionException {
        try (Ensemble ensemble = contender.start(directory)) {
            ZooKeeper first = PipelinedClient.connect(ensemble.connectString());
            first.create(PARENT, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            first.close();
            warmUp(ensemble, losses);
            for (int count : clients) {
                List<PipelinedClient> connected = connect(ensemble, PARENT + "/clients-" + count + "-", count, losses);
                for (ZnodeOperation operation : ZnodeOperation.values()) {
                    double lead = lead(connected, operation);
                    ServiceFigures.Speed speed = speed(run(connected, operation, seconds));
                    progress("%s, clients %d: %,.0f/s after %.0f s", operation, count, speed.perSecond(), lead);
                    figures.addSpeed(contender, new ServiceFigures.Row(operation.toString(), count), speed);
                }
                close(connected);
            }
            double gap = FailOverGap.measure(ensemble, PARENT + "/gap-");
            progress("gap after kill -9 of the leader: %.2f s", gap);
            figures.addGap(contender, gap);
        }
    }

    /** Returns the seconds that it took until the service was as fast as it gets. */
    private double lead(List<PipelinedClient> connected, ZnodeOperation operation)
            throws InterruptedException, ExecutionException {
        RateGrowth growth = new RateGrowth();
        double lead = 0;
        while (lead < leadSeconds && !growth.hasEnded()) {
            double stretch = Math.min(STRETCH_SECONDS, leadSeconds - lead);
            growth.add(run(connected, operation, stretch).getTotalCount() / stretch);
            lead += stretch;
        }
        return lead;
    }

    private void warmUp(Ensemble ensemble, LongAdder losses)
            throws IOException, InterruptedException, KeeperException, ExecutionException {
        List<PipelinedClient> connected = connect(ensemble, PARENT + "/warm-up-", Ensemble.NODES, losses);
        for (ZnodeOperation operation : ZnodeOperation.values()) {
            run(connected, operation, warmUpSeconds * (operation.isWrite() ? WRITE_SHARE : 1 - 2 * WRITE_SHARE));
        }
        close(connected);
    }

    private ServiceFigures.Speed speed(Histogram latencies) {
        return new ServiceFigures.Speed(
                latencies.getTotalCount() / seconds,
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3);
    }

    /** The nodes have the same number of clients, as far as that goes; the leader is the last to get one. */
    private static List<PipelinedClient> connect(Ensemble ensemble, String prefix, int count, LongAdder losses)
            throws IOException, InterruptedException, KeeperException {
        List<PipelinedClient> connected = new ArrayList<>();
        int leader = ensemble.awaitLeader();
        for (int i = 0; i < count; i++) {
            connected.add(
                    PipelinedClient.connect(ensemble.address(1 + (leader + i) % Ensemble.NODES), prefix + i, losses));
        }
        return connected;
    }

    private static Histogram run(List<PipelinedClient> connected, ZnodeOperation operation, double seconds)
            throws InterruptedException, ExecutionException {
        long until = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        List<CompletableFuture<Histogram>> running =
                connected.stream().map(client -> client.run(operation, until)).toList();
        Histogram all = new Histogram(3);
        for (CompletableFuture<Histogram> each : running) {
            all.add(each.get());
        }
        return all;
    }

    private static void close(List<PipelinedClient> connected) throws InterruptedException {
        for (PipelinedClient each : connected) {
            each.close();
        }
    }
}
