/**
 * {@code oarlog produce} and {@code oarlog consume}: records between a cluster and the standard streams.
 *
 * <p>By Kafka's own clients, which know headers and groups. Bytes are left as they are: records need not be text. Runs on the
 * thread of the command.
 */
@NullMarked
package io.oarlog.server.cli.stream;

import org.jspecify.annotations.NullMarked;
