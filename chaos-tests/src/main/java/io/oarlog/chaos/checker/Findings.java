package io.oarlog.chaos.checker;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Supplier;

/** Counts the anomalies of one check and keeps the earliest of them. Confined to one check. */
final class Findings {
    /** So many are told at most. */
    static final int KEPT = 32;

    /** @param at the operation at which it shows */
    private record Finding(long at, Supplier<Anomaly> anomaly) {}

    private static final Comparator<Finding> IN_ORDER = Comparator.comparingLong(Finding::at);

    private final String checker;
    /** The latest first, to make room. */
    private final PriorityQueue<Finding> earliest = new PriorityQueue<>(IN_ORDER.reversed());

    private long count;

    Findings(String checker) {
        this.checker = checker;
    }

    /**
     * Adds one.
     *
     * @param at the index of the operation at which it shows
     * @param anomaly asked at the end, and only if this is among the earliest
     */
    void add(long at, Supplier<Anomaly> anomaly) {
        count++;
        if (earliest.size() == KEPT) {
            if (earliest.element().at() <= at) {
                return;
            }
            earliest.remove();
        }
        earliest.add(new Finding(at, anomaly));
    }

    /**
     * The verdict: unknown when there was nothing to look at.
     *
     * @param examined how many things were looked at
     * @param things what they are
     */
    Verdict verdict(long examined, String things) {
        if (examined == 0 && count == 0) {
            return Verdict.unknown(checker, "no " + things);
        }
        List<Anomaly> anomalies = earliest.stream()
                .sorted(IN_ORDER)
                .map(finding -> finding.anomaly().get())
                .toList();
        String more = count > KEPT ? "; " + count + " anomalies, of which the first " + KEPT + " are told" : "";
        return Verdict.of(checker, examined + " " + things + more, anomalies);
    }
}
