package io.oarlog.benchmarks;

import java.util.Map;

/**
 * One row of the table: a JMH benchmark with one value for each parameter. Immutable.
 *
 * @param title of the row
 * @param benchmark has a method {@code log} and a method {@code plain}, which move the same bytes
 * @param parameters those that are not left at their default
 * @param bytesPerOperation that either method moves
 */
record Comparison(
        String title, Class<?> benchmark, Map<String, String> parameters, long bytesPerOperation, Target target) {
    static final String LOG = "log";
    static final String PLAIN = "plain";
}
