package io.oarlog.benchmarks;

import java.util.List;
import java.util.Locale;

/** The benchmarks by the names that the command line knows them by. */
enum Suite {
    APPEND(AppendBenchmark.comparisons()),
    READ(ReadBenchmark.comparisons()),
    LOOKUP(LookupBenchmark.comparisons()),
    RECOVERY(RecoveryBenchmark.comparisons());

    private final List<Comparison> comparisons;

    Suite(List<Comparison> comparisons) {
        this.comparisons = List.copyOf(comparisons);
    }

    List<Comparison> comparisons() {
        return comparisons;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
