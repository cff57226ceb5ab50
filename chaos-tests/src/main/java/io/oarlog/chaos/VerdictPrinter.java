package io.oarlog.chaos;

import io.oarlog.chaos.checker.Anomaly;
import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.report.RunSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Verdicts for the terminal. */
final class VerdictPrinter {
    private static final int SHOWN = 3;

    private final PrintWriter out;

    VerdictPrinter(PrintWriter out) {
        this.out = out;
    }

    /** Prints; tells whether nothing was found. */
    boolean print(RunSummary summary, Path directory) {
        out.println();
        out.println("faults    "
                + summary.faults().values().stream().mapToInt(Integer::intValue).sum() + ": "
                + new TreeMap<>(summary.faults())
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", ")));
        new TreeMap<>(summary.skipped()).forEach((kind, reason) -> out.println("SKIPPED   " + kind + ": " + reason));
        out.printf(
                "sends     %,d acknowledged, %,d refused, %,d unknown%n",
                summary.sends().get(0), summary.sends().get(1), summary.sends().get(2));
        boolean isValid = print(summary.verdicts());
        out.println("report    " + directory.resolve("report.html"));
        out.println(
                isValid
                        ? "PASSED: seed " + summary.seed() + ", no anomaly"
                                + (summary.faults().isEmpty() ? ", but nothing was broken" : "")
                                + undecided(summary.verdicts())
                        : "FAILED: seed " + summary.seed() + ", see the anomalies above");
        out.flush();
        return isValid;
    }

    private static String undecided(List<Verdict> verdicts) {
        long undecided = verdicts.stream()
                .filter(verdict -> verdict.outcome() == Verdict.Outcome.UNKNOWN)
                .count();
        return undecided == 0 ? "" : ", but " + undecided + " UNKNOWN: see above what could not be told";
    }

    /** Prints; tells whether nothing was found. */
    boolean print(List<Verdict> verdicts) {
        boolean isValid = true;
        for (Verdict verdict : verdicts) {
            isValid &= verdict.outcome() != Verdict.Outcome.INVALID;
            out.printf("%-8s  %-22s %s%n", verdict.outcome(), verdict.checker(), verdict.examined());
            for (Anomaly anomaly : verdict.anomalies().stream().limit(SHOWN).toList()) {
                out.println("            " + anomaly.description());
            }
            if (verdict.anomalies().size() > SHOWN) {
                out.println("            and " + (verdict.anomalies().size() - SHOWN) + " more");
            }
        }
        out.flush();
        return isValid;
    }
}
