package io.oarlog.chaos;

import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.report.RunSummary;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs one plan and judges it. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Start a cluster, use it, break it by a plan, and judge what its clients saw.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:nothing was found", "1:an anomaly was found", "2:wrong usage", "3:it could not be run"},
        footer = {
            "",
            "Example: oarlog chaos run --substrate netns --time 5m",
            "         oarlog chaos run --nemesis power-all,kill --time 2m --seed 7"
        })
final class RunCommand implements Callable<Integer> {
    static final int NOT_RUN = 3;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private PlanOptions options;

    @Option(
            names = "--substrate",
            paramLabel = "NAME",
            defaultValue = "local",
            description = {
                "Where the nodes run. local: processes on this machine; netns: network namespaces, needs root;",
                "docker: containers of the image of docker/build.sh. Default: ${DEFAULT-VALUE}."
            })
    private String substrate = "local";

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "200",
            description = "Operations a second of all clients together. Default: ${DEFAULT-VALUE}.")
    private double rate = 200;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where everything of the run goes. Default: oarlog-chaos/<seed>.")
    private @Nullable Path directory;

    @Option(
            names = "--mutant",
            paramLabel = "NAME",
            description = "Run brokers that are broken on purpose: the run should find it. See chaos-tests/README.md.")
    private @Nullable String mutant;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Plan plan = options.draw();
        Path home =
                (directory == null ? Path.of("oarlog-chaos", Long.toString(plan.seed())) : directory).toAbsolutePath();
        if (Files.exists(home)) {
            throw new RunFailedException(home + " is there already: remove it, or name another with --dir");
        }
        Files.createDirectories(home);
        Files.writeString(home.resolve("plan.json"), PlanCommand.json(plan));
        PlanCommand.print(plan, out);
        RunSummary summary = new ChaosRun(plan, substrate, rate, mutant, home, out).run();
        return new VerdictPrinter(out).print(summary, home) ? 0 : 1;
    }
}
