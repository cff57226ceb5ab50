/**
 * The {@code oarlog} command line (Picocli): starting brokers and clusters, topics, groups, the state of a cluster,
 * producing and consuming, measuring, the demo, the files of a stopped node, completion in shells.
 *
 * <p>Talks to brokers through {@code io.oarlog.client}, and through Kafka's own clients for what that one does not do; to the
 * files of a stopped one through {@code io.oarlog.server.inspect}. Runs on the thread of {@code main}. Exit codes: 0 done, 1
 * failed, 2 wrong usage.
 */
@NullMarked
package io.oarlog.server.cli;

import org.jspecify.annotations.NullMarked;
