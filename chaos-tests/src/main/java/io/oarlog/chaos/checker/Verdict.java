package io.oarlog.chaos.checker;

import java.util.List;

/**
 * What a checker found.
 *
 * @param examined how many things it looked at: records, polls, commits; a verdict over nothing says so
 * @param anomalies in the order of the history, empty when all is well
 */
public record Verdict(String checker, Outcome outcome, String examined, List<Anomaly> anomalies) {
    /** How a check ended. */
    public enum Outcome {
        VALID,
        INVALID,
        /** It could not be told: nothing to look at, or a search that went over its bound. */
        UNKNOWN
    }

    public Verdict {
        anomalies = List.copyOf(anomalies);
        if ((outcome == Outcome.INVALID) == anomalies.isEmpty()) {
            throw new IllegalArgumentException(outcome + " with " + anomalies.size() + " anomalies");
        }
    }

    /** Invalid when there is an anomaly, else valid. */
    public static Verdict of(String checker, String examined, List<Anomaly> anomalies) {
        return new Verdict(checker, anomalies.isEmpty() ? Outcome.VALID : Outcome.INVALID, examined, anomalies);
    }

    /** The same under another name. */
    public Verdict named(String name) {
        return new Verdict(name, outcome, examined, anomalies);
    }

    public static Verdict unknown(String checker, String reason) {
        return new Verdict(checker, Outcome.UNKNOWN, reason, List.of());
    }
}
