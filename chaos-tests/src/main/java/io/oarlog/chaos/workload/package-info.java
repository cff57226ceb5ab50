/**
 * The clients of a run: a process of its own that sends, polls, commits and reads registers, and writes down what it was told.
 * Depends on {@code history} and on published clients: Kafka's, the thin one, ZooKeeper's.
 */
@NullMarked
package io.oarlog.chaos.workload;

import org.jspecify.annotations.NullMarked;
