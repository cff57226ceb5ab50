package io.oarlog.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.chaos.checker.Anomaly;
import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.cluster.Cluster;
import io.oarlog.chaos.cluster.ClusterSpec;
import io.oarlog.chaos.cluster.UndoJournal;
import io.oarlog.chaos.cluster.Watchdog;
import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Nemesis;
import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.report.HtmlReport;
import io.oarlog.chaos.report.RunSummary;
import io.oarlog.chaos.workload.Clients;
import io.oarlog.chaos.workload.Status;
import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One run: cluster, clients, faults, final reads, verdicts. Confined to one thread. */
final class ChaosRun {
    private static final int KEYS = 6;
    private static final Duration BEGIN_LIMIT = Duration.ofMinutes(3);
    private static final Duration REPLICAS_LIMIT = Duration.ofMinutes(1);
    private static final int WATCHDOG_LIMIT_SECONDS = 60;
    private static final String DISK_RESERVE = "33554432";

    /** Bits are flipped that no client ever reads. */
    private static final String SCRUB_MILLIS = "10000";

    /** A member that is gone is missed after so long, so that runs need not wait for it. */
    private static final String SESSION_MILLIS = "10000";

    /** Killed before the best compiled code would pay; with it five nodes took all of two cores after each fault. */
    private static final List<String> NODE_JVM = List.of("-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final Plan plan;
    private final String substrate;
    private final double rate;
    private final @Nullable String mutant;
    private final Path directory;
    private final PrintWriter out;
    private final Progress progress;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();

    ChaosRun(Plan plan, String substrate, double rate, @Nullable String mutant, Path directory, PrintWriter out) {
        this.plan = plan;
        this.substrate = substrate;
        this.rate = rate;
        this.mutant = mutant;
        this.directory = directory;
        this.out = out;
        this.progress = new Progress(out, plan.millis() / 1000);
    }

    RunSummary run() throws IOException, InterruptedException {
        UndoJournal journal = new UndoJournal(directory.resolve("undo.jsonl"));
        Process watchdog = Watchdog.start(program("oarlog.chaos.jar"), journal);
        try (Cluster cluster = Cluster.create(clusterSpec(), substrate, journal)) {
            Thread atExit = new Thread(cluster::close, "stop"); // Ctrl-C
            Runtime.getRuntime().addShutdownHook(atExit);
            try {
                return run(cluster);
            } finally {
                forget(atExit);
            }
        } finally {
            watchdog.getOutputStream().close();
            if (!watchdog.waitFor(WATCHDOG_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                progress.note("the watchdog has not undone everything yet; undo.jsonl says what there was");
            }
        }
    }

    private static void forget(Thread atExit) {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // It runs just now.
        }
    }

    private ClusterSpec clusterSpec() {
        List<String> jvmArguments = new ArrayList<>(NODE_JVM);
        if (mutant != null) {
            jvmArguments.add("-javaagent:" + program("oarlog.mutants.jar") + "=" + mutant);
        }
        return new ClusterSpec(
                Long.toString(ProcessHandle.current().pid()),
                plan.nodes(),
                plan.kinds().contains(FaultKind.ADD_REMOVE) ? 1 : 0,
                directory,
                program("oarlog.server.jar"),
                program("oarlog.chaos.jar"),
                Map.of(
                        "disk.reserve.bytes", DISK_RESERVE,
                        "log.scrub.interval.ms", SCRUB_MILLIS,
                        "group.consumer.session.timeout.ms", SESSION_MILLIS),
                jvmArguments);
    }

    private static Path program(String property) {
        String jar = System.getProperty(property);
        if (jar == null || !Files.exists(Path.of(jar))) {
            throw new RunFailedException(
                    "-D" + property + " does not name a jar: run it by ./oarlog chaos, which builds what is missing");
        }
        return Path.of(jar).toAbsolutePath();
    }

    private RunSummary run(Cluster cluster) throws IOException, InterruptedException {
        out.println("starting " + plan.nodes() + " nodes, " + substrate + ", in " + directory);
        out.flush();
        for (int node = 1; node <= plan.nodes(); node++) {
            cluster.start(node);
        }
        cluster.probeNetwork();
        WorkloadSpec workload = new WorkloadSpec(
                cluster.bootstrap(),
                cluster.zooKeeperAddresses(),
                plan.seed(),
                KEYS,
                rate,
                cluster.clientDirectory().toString());
        Process process =
                cluster.startClient(List.of(Clients.class.getName(), new ObjectMapper().writeValueAsString(workload)));
        try (ClientsLink clients = new ClientsLink(process, Math.min(10, rate / 20), this::watch)) {
            clients.awaitBegin(BEGIN_LIMIT, () -> goneAtStart(cluster));
            Nemesis nemesis = new Nemesis(cluster, plan, clients::roles, WorkloadSpec.TOPIC_PREFIX, witness(clients));
            nemesis.run();
            if (mutant == null) {
                // What broke last took its time to heal, and may have left little of the plan's calm. A mutant is
                // caught
                // as soon as it can be.
                nemesis.awaitCalm(Histories.CALM);
            }
            nemesis.lookAtNodes();
            progress.note("reading everything from the beginning");
            clients.order("final");
            List<Verdict> verdicts = new ArrayList<>();
            verdicts.add(Verdict.of(
                    "unexpected-exit",
                    plan.nodes() + " nodes",
                    nemesis.unexpectedExits().stream()
                            .map(text -> new Anomaly(text, List.of()))
                            .toList()));
            nodeChanges(nemesis).ifPresent(verdicts::add);
            verdicts.add(readToTheEnd(clients));
            verdicts.add(ReplicaComparison.of(cluster, WorkloadSpec.TOPIC_PREFIX, REPLICAS_LIMIT));
            progress.note("judging");
            verdicts.addAll(Histories.judge(directory));
            RunSummary summary = summary(nemesis, verdicts);
            if (!summary.isValid()) {
                cluster.keepEvidence();
            }
            HtmlReport.write(summary, plan, List.of("--rate", Double.toString(rate)), directory);
            return summary;
        }
    }

    /** Whether nodes have come and gone as they should, if some should. */
    private static Optional<Verdict> nodeChanges(Nemesis nemesis) {
        int wiped = nemesis.made().getOrDefault(FaultKind.WIPE, 0);
        int guests = nemesis.made().getOrDefault(FaultKind.ADD_REMOVE, 0);
        return wiped + guests == 0
                ? Optional.empty()
                : Optional.of(Verdict.of(
                        "node-changes",
                        wiped + " wiped, " + guests + " added and removed",
                        nemesis.failedChanges().stream()
                                .map(text -> new Anomaly(text, List.of()))
                                .toList()));
    }

    private Optional<String> goneAtStart(Cluster cluster) {
        return IntStream.rangeClosed(1, plan.nodes())
                .filter(node -> !cluster.isRunning(node))
                .mapToObj(node -> "node " + node + " ended before anything began; see "
                        + directory.resolve("node-" + node).resolve("broker.log"))
                .findFirst();
    }

    /** As long as the workload ran, and a minute: who cannot read by then what was acknowledged has lost it for all that is known. */
    private Verdict readToTheEnd(ClientsLink clients) throws InterruptedException {
        Duration limit = Duration.ofMillis(plan.millis()).plusMinutes(1);
        String name = "read-to-the-end";
        if (clients.awaitEnd(limit)) {
            return Verdict.of(name, "all keys of all topics", List.of());
        }
        clients.close();
        return Verdict.of(
                name,
                "all keys of all topics",
                List.of(new Anomaly(
                        "not everything that was acknowledged could be read within " + limit.toSeconds()
                                + " s of the end, with nothing broken; see node-*/broker.log",
                        List.of())));
    }

    private RunSummary summary(Nemesis nemesis, List<Verdict> verdicts) {
        return new RunSummary(
                plan.seed(),
                substrate,
                plan.nodes(),
                plan.millis() / 1000,
                Map.of("java", System.getProperty("java.version"), "kernel", System.getProperty("os.version")),
                byWord(nemesis.made()),
                byWord(nemesis.skipped()),
                mutant == null ? "" : mutant,
                List.of(acknowledged.get(), refused.get(), unknown.get()),
                verdicts);
    }

    private static <T> Map<String, T> byWord(Map<FaultKind, T> byKind) {
        Map<String, T> byWord = new TreeMap<>();
        byKind.forEach((kind, value) -> byWord.put(kind.word(), value));
        return byWord;
    }

    private void watch(Status status) {
        acknowledged.addAndGet(status.ok());
        refused.addAndGet(status.failed());
        unknown.addAndGet(status.unknown());
        progress.status(status);
    }

    private Nemesis.Witness witness(ClientsLink clients) {
        return new Nemesis.Witness() {
            @Override
            public void begins(String text) {
                clients.order("fault " + text);
                progress.begins(text);
            }

            @Override
            public void ends(String text) {
                clients.order("heal " + text);
                progress.ends(text);
            }

            @Override
            public void rebalance() {
                clients.order("rebalance");
            }

            @Override
            public void note(String text) {
                progress.note(text);
            }
        };
    }
}
