package io.oarlog.chaos.report;

import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command line that repeats a run. Immutable.
 *
 * @param isExact false: the plan is not known, so another one may be drawn
 */
record RepeatCommand(String line, boolean isExact) {
    /**
     * Of a run.
     *
     * @param options of its command line that neither the summary nor the plan tells
     */
    static RepeatCommand of(RunSummary summary, @Nullable Plan plan, List<String> options) {
        List<String> words = new ArrayList<>(List.of(
                "--substrate",
                summary.substrate(),
                "--time",
                time(summary.seconds()),
                "--seed",
                Long.toString(summary.seed()),
                "--nodes",
                Integer.toString(summary.nodes())));
        words.addAll(options);
        if (!summary.mutant().isEmpty()) {
            words.addAll(List.of("--mutant", summary.mutant()));
        }
        if (plan != null && !plan.kinds().equals(List.of(FaultKind.values()))) {
            words.add("--nemesis");
            words.add(plan.kinds().stream().map(FaultKind::word).collect(Collectors.joining(",")));
        }
        return new RepeatCommand(
                "./oarlog chaos run "
                        + words.stream().map(RepeatCommand::quoted).collect(Collectors.joining(" ")),
                plan != null);
    }

    private static String time(long seconds) {
        if (seconds > 0 && seconds % 3_600 == 0) {
            return seconds / 3_600 + "h";
        }
        return seconds > 0 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:=,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
