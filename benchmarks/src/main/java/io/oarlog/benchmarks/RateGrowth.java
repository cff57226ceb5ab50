package io.oarlog.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** Tells when a service that gets faster while its code is compiled has come to its end. Confined to one thread. */
final class RateGrowth {
    /** The last ones, of which none may be faster than those before. */
    private static final int LAST = 3;

    private static final double NOTABLE = 1.05;

    private final List<Double> rates = new ArrayList<>();

    /** @param perSecond in one stretch of time, all of them of the same length */
    void add(double perSecond) {
        rates.add(perSecond);
    }

    /** Whether the fastest of the last three is not notably faster than the fastest of those before them. */
    boolean hasEnded() {
        int before = rates.size() - LAST;
        return before > 0
                && fastest(rates.subList(before, rates.size())) <= NOTABLE * fastest(rates.subList(0, before));
    }

    private static double fastest(List<Double> some) {
        return some.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
