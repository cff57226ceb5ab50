package io.oarlog.chaos;

import io.oarlog.chaos.mutant.Mutant;
import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.report.RunSummary;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Tries the harness itself: brokers that are broken on purpose have to be found out. */
@Command(
        name = "mutants",
        mixinStandardHelpOptions = true,
        description = "Run brokers that are broken on purpose, one way after the other: each has to be caught.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:all were caught", "1:one was not", "2:wrong usage", "3:it could not be run"},
        footer = {
            "",
            "Example: oarlog chaos mutants --substrate netns",
            "         oarlog chaos mutants --only no-fsync,crc-skipped --tries 5"
        })
final class MutantsCommand implements Callable<Integer> {
    @Option(
            names = "--substrate",
            paramLabel = "NAME",
            defaultValue = "netns",
            description = "local, netns or docker. Default: ${DEFAULT-VALUE}.")
    private String substrate = "netns";

    @Option(
            names = "--only",
            paramLabel = "NAME",
            split = ",",
            converter = MutantConverter.class,
            description = "These mutants, by commas; all without it.")
    private List<Mutant> mutants = new ArrayList<>(List.of(Mutant.values()));

    @Option(
            names = "--time",
            paramLabel = "TIME",
            converter = PlanOptions.TimeConverter.class,
            defaultValue = "90s",
            description = "How long the workload of one try runs. Default: ${DEFAULT-VALUE}.")
    private Duration time = Duration.ofSeconds(90);

    @Option(
            names = "--tries",
            paramLabel = "N",
            defaultValue = "3",
            description = "Seeds that are tried before a mutant has got away. Default: ${DEFAULT-VALUE}.")
    private int tries = 3;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The first seed. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "oarlog-chaos/mutants",
            description = "Where everything goes. Default: ${DEFAULT-VALUE}.")
    private Path directory = Path.of("oarlog-chaos", "mutants");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (Files.exists(directory)) {
            throw new RunFailedException(directory + " is there already: remove it, or name another with --dir");
        }
        PrintWriter out = spec.commandLine().getOut();
        Map<Mutant, Hunt> hunts = new EnumMap<>(Mutant.class);
        for (Mutant mutant : mutants) {
            Hunt hunt = hunt(mutant, out);
            hunts.put(mutant, hunt);
            out.println(mutant.label() + ": " + hunt);
            out.flush();
        }
        out.println();
        out.println("| mutant | what is wrong | faults | caught by | after |");
        out.println("|---|---|---|---|---|");
        hunts.forEach((mutant, hunt) -> out.println("| `" + mutant.label() + "` | " + mutant.description() + " | "
                + MutantFaults.of(mutant).stream().map(FaultKind::word).collect(Collectors.joining(", ")) + " | "
                + (hunt.isCaught() ? String.join(", ", hunt.checkers()) : "**not caught**") + " | " + hunt.when()
                + " |"));
        out.flush();
        return hunts.values().stream().allMatch(Hunt::isCaught) ? 0 : 1;
    }

    private Hunt hunt(Mutant mutant, PrintWriter out) throws Exception {
        for (int attempt = 0; attempt < tries; attempt++) {
            Plan plan = Plan.draw(seed + attempt, 3, time, MutantFaults.of(mutant));
            Path home = directory.resolve(mutant.label() + "-" + plan.seed()).toAbsolutePath();
            Files.createDirectories(home);
            Files.writeString(home.resolve("plan.json"), PlanCommand.json(plan));
            RunSummary summary = new ChaosRun(plan, substrate, MutantFaults.RATE, mutant.label(), home, out).run();
            List<String> checkers = summary.verdicts().stream()
                    .filter(verdict -> !verdict.anomalies().isEmpty())
                    .map(verdict -> verdict.checker())
                    // A machine that is busy looks like that as well.
                    .filter(checker -> !checker.endsWith("liveness"))
                    .toList();
            if (!checkers.isEmpty()) {
                return new Hunt(checkers, attempt, summary.firstAnomalySeconds());
            }
        }
        return new Hunt(List.of(), tries, OptionalDouble.empty());
    }

    /**
     * How a mutant was hunted.
     *
     * @param checkers that caught it; empty: none
     * @param missed tries before that found nothing
     * @param seconds into the run when the first anomaly could be seen; empty where no operation shows it
     */
    private record Hunt(List<String> checkers, int missed, OptionalDouble seconds) {
        boolean isCaught() {
            return !checkers.isEmpty();
        }

        String when() {
            if (!isCaught()) {
                return missed + " tries";
            }
            String time = seconds.isPresent() ? Math.round(seconds.getAsDouble()) + " s" : "the end";
            return missed == 0 ? time : time + " of try " + (missed + 1);
        }

        @Override
        public String toString() {
            return isCaught() ? "CAUGHT by " + String.join(", ", checkers) + " after " + when() : "NOT CAUGHT";
        }
    }

    /** The label of a mutant. */
    static final class MutantConverter implements ITypeConverter<Mutant> {
        @Override
        public Mutant convert(String label) {
            return Mutant.named(label)
                    .orElseThrow(() -> new TypeConversionException("there is no mutant '" + label + "'"));
        }
    }
}
