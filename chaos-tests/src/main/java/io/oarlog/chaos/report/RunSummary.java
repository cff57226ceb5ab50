package io.oarlog.chaos.report;

import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.history.Op;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * All that is known of a run when it has ended.
 *
 * @param seed gives the same plan again
 * @param seconds how long the workload ran
 * @param versions of what took part, by name
 * @param faults how often each kind was made, by its word
 * @param skipped kinds that could not be made here, with the reason
 * @param mutant how the brokers were broken on purpose; empty: they were not
 * @param sends acknowledged, refused and unknown, in this order
 * @param verdicts in the order of the checkers
 */
public record RunSummary(
        long seed,
        String substrate,
        int nodes,
        long seconds,
        Map<String, String> versions,
        Map<String, Integer> faults,
        Map<String, String> skipped,
        String mutant,
        List<Long> sends,
        List<Verdict> verdicts) {
    public RunSummary {
        versions = Map.copyOf(versions);
        faults = Map.copyOf(faults);
        skipped = Map.copyOf(skipped);
        sends = List.copyOf(sends);
        verdicts = List.copyOf(verdicts);
    }

    /** When the first anomaly could be seen: its evidence was complete; empty without operations that show one. */
    public OptionalDouble firstAnomalySeconds() {
        return verdicts.stream()
                .flatMap(verdict -> verdict.anomalies().stream())
                .filter(anomaly -> !anomaly.evidence().isEmpty())
                .mapToDouble(anomaly -> anomaly.evidence().stream()
                                .mapToLong(Op::timeNanos)
                                .max()
                                .getAsLong()
                        / 1e9)
                .min();
    }

    /** Whether no checker found anything. */
    public boolean isValid() {
        return verdicts.stream().noneMatch(verdict -> verdict.outcome() == Verdict.Outcome.INVALID);
    }
}
