/**
 * How a command reaches a cluster, and what it says when it does not.
 *
 * <p>Hands out {@code io.oarlog.client}, and Kafka's own admin client for what that one does not do (groups).
 */
@NullMarked
package io.oarlog.server.cli.connection;

import org.jspecify.annotations.NullMarked;
