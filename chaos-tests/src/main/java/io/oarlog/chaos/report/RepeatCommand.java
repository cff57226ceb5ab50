package io.oarlog.chaos.report;

import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.nemesis.PlannedFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command line that repeats a run. Immutable.
 *
 * @param isExact false: it is not known which kinds of faults the plan was drawn from, so another plan may be drawn
 */
record RepeatCommand(String line, boolean isExact) {
    /** Above, their orders are too many to be tried. */
    private static final int MOST_KINDS = 6;

    private static final String NEMESIS = "--nemesis";

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
        boolean isExact = options.stream().anyMatch(option -> option.startsWith(NEMESIS));
        if (!isExact && plan != null) {
            Optional<List<FaultKind>> drawnFrom = kinds(plan);
            isExact = drawnFrom.isPresent();
            List<FaultKind> kinds = drawnFrom.orElse(List.of());
            if (!kinds.isEmpty()) {
                words.add(NEMESIS);
                words.add(kinds.stream().map(FaultKind::word).collect(Collectors.joining(",")));
            }
        }
        return new RepeatCommand(
                "./oarlog chaos run "
                        + words.stream().map(RepeatCommand::quoted).collect(Collectors.joining(" ")),
                isExact);
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

    /** The kinds that give this plan; an empty list: all of them. A plan does not tell: the same one is drawn again. */
    private static Optional<List<FaultKind>> kinds(Plan plan) {
        if (isDrawnFrom(List.of(FaultKind.values()), plan)) {
            return Optional.of(List.of());
        }
        List<FaultKind> made =
                plan.faults().stream().map(PlannedFault::kind).distinct().toList();
        return made.isEmpty() || made.size() > MOST_KINDS
                ? Optional.empty()
                : inSomeOrder(new ArrayList<>(), made, plan);
    }

    private static Optional<List<FaultKind>> inSomeOrder(List<FaultKind> begin, List<FaultKind> kinds, Plan plan) {
        if (begin.size() == kinds.size()) {
            return isDrawnFrom(begin, plan) ? Optional.of(List.copyOf(begin)) : Optional.empty();
        }
        for (FaultKind kind : kinds) {
            if (!begin.contains(kind)) {
                begin.add(kind);
                Optional<List<FaultKind>> found = inSomeOrder(begin, kinds, plan);
                begin.remove(begin.size() - 1);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isDrawnFrom(List<FaultKind> kinds, Plan plan) {
        return Plan.draw(plan.seed(), plan.nodes(), Duration.ofMillis(plan.millis()), kinds)
                .equals(plan);
    }
}
