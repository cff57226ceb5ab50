package io.oarlog.chaos;

import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a plan is drawn from. */
final class PlanOptions {
    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Draws the plan and the clients' choices; without it one is drawn, and printed.")
    private @Nullable Long seed;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            defaultValue = "5m",
            description =
                    "How long things are broken: 90s, 5m, 1h. The workload goes on until some time after the last fault."
                            + " Default: ${DEFAULT-VALUE}.")
    private Duration time = Duration.ofMinutes(5);

    @Option(
            names = {"-n", "--nodes"},
            paramLabel = "N",
            defaultValue = "5",
            description = "Nodes of the cluster, 3 to 5. Default: ${DEFAULT-VALUE}.")
    private int nodes = 5;

    @Option(
            names = "--nemesis",
            paramLabel = "KIND",
            split = ",",
            converter = KindConverter.class,
            description = "Kinds of faults, by commas; all without it. See: oarlog chaos plan --kinds.")
    private List<FaultKind> kinds = new ArrayList<>(List.of(FaultKind.values()));

    Plan draw() {
        if (nodes < 3 || nodes > 5) {
            throw new RunFailedException("--nodes is " + nodes + ": take 3 to 5");
        }
        long drawn = seed == null ? Math.floorMod(System.nanoTime(), 1_000_000L) : seed;
        return Plan.draw(drawn, nodes, time, kinds);
    }

    /** {@code 90s}, {@code 5m}, {@code 1h}. */
    static final class TimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            if (!text.matches("[1-9][0-9]{0,5}[smh]")) {
                throw new TypeConversionException("'" + text + "' is no time: 90s, 5m, 1h");
            }
            return Duration.parse("PT" + text);
        }
    }

    /** The word of a kind. */
    static final class KindConverter implements ITypeConverter<FaultKind> {
        @Override
        public FaultKind convert(String word) {
            return FaultKind.of(word)
                    .orElseThrow(() ->
                            new TypeConversionException("there is no fault '" + word + "': " + FaultKind.words()));
        }
    }
}
