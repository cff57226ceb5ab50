package io.oarlog.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs comparisons in rounds: in each of them the log and the plain I/O one right behind the other, so that whatever else
 * the machine does meanwhile meets both.
 */
final class Rounds {
    private final int rounds;
    private final Options options;
    private final PrintStream jmhOutput;
    private final Consumer<String> progress;

    /** @param options of every run, all but benchmark and parameters */
    Rounds(int rounds, Options options, PrintStream jmhOutput, Consumer<String> progress) {
        this.rounds = rounds;
        this.options = options;
        this.jmhOutput = jmhOutput;
        this.progress = progress;
    }

    /** In the order of the comparisons. */
    List<Measured> run(List<Comparison> comparisons) throws RunnerException {
        Map<Comparison, Collection<RunResult>> results = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            for (Comparison comparison : comparisons) {
                progress.accept("round " + round + " of " + rounds + ": " + comparison.title());
                results.computeIfAbsent(comparison, key -> new ArrayList<>()).addAll(runOnce(comparison, round));
            }
        }
        return results.entrySet().stream()
                .map(entry -> new Measured(
                        entry.getKey(),
                        joined(Comparison.LOG, entry.getValue()),
                        joined(Comparison.PLAIN, entry.getValue())))
                .toList();
    }

    /** Which of both comes first alternates: the first one meets what was left to write back by the run before. */
    private Collection<RunResult> runOnce(Comparison comparison, int round) throws RunnerException {
        List<String> methods =
                round % 2 == 1 ? List.of(Comparison.LOG, Comparison.PLAIN) : List.of(Comparison.PLAIN, Comparison.LOG);
        List<RunResult> results = new ArrayList<>();
        for (String method : methods) {
            ChainedOptionsBuilder builder = new OptionsBuilder()
                    .parent(options)
                    .include("^" + comparison.benchmark().getName() + "\\." + method + "$")
                    .shouldFailOnError(true);
            comparison.parameters().forEach(builder::param);
            OutputFormat format = OutputFormatFactory.createFormatInstance(jmhOutput, VerboseMode.NORMAL);
            results.addAll(new Runner(builder.build(), format).run());
        }
        return results;
    }

    /** One result of one method, with a fork for each round. */
    private static RunResult joined(String method, Collection<RunResult> results) {
        List<RunResult> ofMethod = results.stream()
                .filter(result -> result.getParams().getBenchmark().endsWith("." + method))
                .toList();
        List<BenchmarkResult> forks = ofMethod.stream()
                .flatMap(result -> result.getBenchmarkResults().stream())
                .toList();
        return new RunResult(ofMethod.get(0).getParams(), forks);
    }
}
