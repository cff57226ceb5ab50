package io.oarlog.benchmarks;

import java.util.List;
import java.util.Locale;

/** The benchmarks by the names that the command line knows them by. */
enum Suite {
    APPEND,
    READ,
    LOOKUP,
    RECOVERY;

    List<Comparison> comparisons() {
        return switch (this) {
            case APPEND -> AppendBenchmark.comparisons();
            case READ -> ReadBenchmark.comparisons();
            case LOOKUP -> LookupBenchmark.comparisons();
            case RECOVERY -> RecoveryBenchmark.comparisons();
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
