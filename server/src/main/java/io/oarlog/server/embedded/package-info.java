/**
 * Brokers of one cluster in one JVM, for whoever embeds Oarlog: our tests, and through {@code oarlog-test-kit} everybody's.
 *
 * <p>They are the brokers that {@code oarlog server} runs, with real sockets on loopback and real files.
 */
@NullMarked
package io.oarlog.server.embedded;

import org.jspecify.annotations.NullMarked;
