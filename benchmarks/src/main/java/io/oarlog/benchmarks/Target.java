package io.oarlog.benchmarks;

import java.util.function.Predicate;

/**
 * What a figure has to be. Immutable.
 *
 * @param text for the table
 * @param isMet whether the figures reach it
 */
record Target(String text, Predicate<Figures> isMet) {
    /** The figure stands for itself. */
    static final Target NONE = new Target("", figures -> true);

    /** At least that part of the plain I/O's speed. */
    static Target ratioOf(double least) {
        return new Target("ratio of " + Figures.format(least), figures -> figures.ratio() >= least);
    }

    static Target microsOf(double most) {
        return new Target(Figures.format(most) + " µs", figures -> figures.logMicros() <= most);
    }

    static Target megabytesPerSecondOf(double least) {
        return new Target(Figures.format(least) + " MB/s", figures -> figures.logMegabytesPerSecond() >= least);
    }
}
