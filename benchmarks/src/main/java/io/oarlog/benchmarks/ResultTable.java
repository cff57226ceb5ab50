package io.oarlog.benchmarks;

import java.io.PrintWriter;
import java.util.List;

/** Medians as a table in Markdown. */
final class ResultTable {
    private ResultTable() {}

    static void print(List<Measured> results, PrintWriter out) {
        out.println("| benchmark | log | plain I/O | ratio | target | met |");
        out.println("|---|---|---|---|---|---|");
        for (Measured result : results) {
            out.println(row(result.comparison(), result.figures()));
        }
    }

    static String row(Comparison comparison, Figures figures) {
        Target target = comparison.target();
        return "| " + comparison.title()
                + " | " + cell(figures.logMicros(), figures.logMegabytesPerSecond())
                + " | " + cell(figures.plainMicros(), figures.plainMegabytesPerSecond())
                + " | " + Figures.format(figures.ratio())
                + " | " + target.text()
                + " | " + (target.equals(Target.NONE) ? "" : target.isMet().test(figures) ? "yes" : "**no**")
                + " |";
    }

    private static String cell(double micros, double megabytesPerSecond) {
        return Figures.format(megabytesPerSecond) + " MB/s, " + Figures.format(micros) + " µs";
    }
}
