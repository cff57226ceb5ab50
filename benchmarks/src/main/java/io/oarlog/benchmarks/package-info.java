/**
 * How fast Oarlog is, each time beside the plain file I/O of the same bytes, which nothing can beat by much.
 *
 * <p>{@code *Benchmark} are JMH's; {@link io.oarlog.benchmarks.Benchmarks} runs them and prints the table. Depends on the
 * modules that it measures; nothing depends on it. Runs on the thread of {@code main} and in the processes that JMH starts.
 */
@NullMarked
package io.oarlog.benchmarks;

import org.jspecify.annotations.NullMarked;
