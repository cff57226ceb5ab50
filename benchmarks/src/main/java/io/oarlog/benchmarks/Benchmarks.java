package io.oarlog.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line: runs JMH benchmarks and prints the table of their medians. */
@Command(
        name = "benchmarks/run.sh",
        mixinStandardHelpOptions = true,
        version = "oarlog 0.1.0",
        description = {
            "Measure the log beside plain file I/O of the same bytes and print the medians as a table.",
            "Takes about seven minutes for all benchmarks, with --full about half an hour."
        },
        footer = {
            "",
            "Example: benchmarks/run.sh append lookup",
            "         benchmarks/run.sh --full --dir /mnt/disk",
            "         benchmarks/run.sh restart --size 10g",
            "         benchmarks/run.sh zookeeper",
            "         benchmarks/run.sh rebalance",
            "         benchmarks/run.sh fail-over",
            "         benchmarks/run.sh rolling-restart",
            "         benchmarks/run.sh partitions",
            "         benchmarks/run.sh node-life"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:every target is met", "1:a target is missed, or the measurement failed", "2:wrong usage"},
        subcommands = {
            RestartCommand.class,
            WriterCommand.class,
            ZooKeeperCommand.class,
            RebalanceCommand.class,
            FailOverCommand.class,
            RollingRestartCommand.class,
            PartitionsCommand.class,
            NodeLifeCommand.class
        })
final class Benchmarks implements Callable<Integer> {
    /** More than an iteration can append in its time. */
    private static final long DATA_BYTES = 6L << 30;

    @Parameters(paramLabel = "BENCHMARK", description = "Any of append, read, lookup, recovery (default: all of them).")
    private Set<Suite> suites = new TreeSet<>();

    @Option(names = "--full", description = "More rounds, and more iterations in each.")
    private boolean isFull;

    @Option(
            names = "--results",
            paramLabel = "DIR",
            defaultValue = "${sys:oarlog.benchmarks.results:-benchmark-results}",
            description =
                    "For jmh.json, which has every iteration, and jmh.txt, JMH's own words (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private Path results;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private DataOption data;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private Benchmarks() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Benchmarks())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    commandLine.getErr().println("benchmarks: " + failure.getMessage());
                    return CommandLine.ExitCode.SOFTWARE;
                });
    }

    @Override
    public Integer call() throws IOException, RunnerException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Files.createDirectories(results);
        double loadBefore = Machine.loadAverage();
        try (ScratchDirectory scratch = data.create(DATA_BYTES);
                PrintStream jmhOutput =
                        new PrintStream(results.resolve("jmh.txt").toFile(), StandardCharsets.UTF_8)) {
            out.println(Machine.describe(scratch.path()));
            out.flush();
            Rounds rounds = new Rounds(isFull ? 5 : 3, options(scratch), jmhOutput, line -> {
                err.println(line);
                err.flush();
            });
            List<Measured> measured = rounds.run(comparisons());
            writeJson(measured);
            out.printf("load average %.1f at the start, %.1f at the end%n%n", loadBefore, Machine.loadAverage());
            ResultTable.print(measured, out);
            out.flush();
            return measured.stream().allMatch(Measured::isTargetMet)
                    ? CommandLine.ExitCode.OK
                    : CommandLine.ExitCode.SOFTWARE;
        }
    }

    private List<Comparison> comparisons() {
        Collection<Suite> chosen = suites.isEmpty() ? List.of(Suite.values()) : suites;
        return chosen.stream().flatMap(suite -> suite.comparisons().stream()).toList();
    }

    private Options options(ScratchDirectory scratch) {
        int iterations = isFull ? 10 : 5;
        return new OptionsBuilder()
                .forks(1)
                .warmupIterations(2 * iterations)
                .measurementIterations(iterations)
                .jvmArgsAppend("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch", scratch.jvmArgument())
                .build();
    }

    private void writeJson(List<Measured> measured) throws IOException {
        List<org.openjdk.jmh.results.RunResult> all = measured.stream()
                .flatMap(each -> Stream.of(each.log(), each.plain()))
                .toList();
        try (PrintStream json = new PrintStream(results.resolve("jmh.json").toFile(), StandardCharsets.UTF_8)) {
            ResultFormatFactory.getInstance(ResultFormatType.JSON, json).writeOut(all);
        }
    }
}
