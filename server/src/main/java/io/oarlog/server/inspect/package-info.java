/**
 * Looks into the data directory of a stopped node: checks it, or prints what it holds. Changes nothing on disk.
 *
 * <p>Depends on what {@code log} and {@code raft} show of their files, and on Kafka's published codec for records. Runs on the
 * caller's thread.
 */
@NullMarked
package io.oarlog.server.inspect;

import org.jspecify.annotations.NullMarked;
