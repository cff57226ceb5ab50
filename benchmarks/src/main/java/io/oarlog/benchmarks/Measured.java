package io.oarlog.benchmarks;

import org.openjdk.jmh.results.RunResult;

/** A comparison and JMH's results of all its rounds. */
record Measured(Comparison comparison, RunResult log, RunResult plain) {
    Figures figures() {
        return new Figures(medianMicros(log), medianMicros(plain), comparison.bytesPerOperation());
    }

    boolean isTargetMet() {
        return comparison.target().isMet().test(figures());
    }

    /** Over all iterations of all rounds. */
    private static double medianMicros(RunResult result) {
        double[] scores = result.getAggregatedResult().getIterationResults().stream()
                .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                .toArray();
        return Median.of(scores);
    }
}
