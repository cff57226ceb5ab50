/**
 * The {@code oarlog} command line (Picocli): starting brokers and clusters, topics, producing and consuming, the demo.
 *
 * <p>Talks to brokers through {@code io.oarlog.client} only; runs on the thread of {@code main}. Exit codes: 0 done, 1
 * failed, 2 wrong usage.
 */
@NullMarked
package io.oarlog.server.cli;

import org.jspecify.annotations.NullMarked;
