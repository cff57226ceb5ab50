/**
 * {@code oarlog bench}: how fast a cluster is for one client.
 *
 * <p>Drives {@code io.oarlog.client}; latencies are kept in HdrHistogram. Where a rate is asked for, a latency counts from when
 * the record was due, so that a stall is seen in all that it delayed.
 */
@NullMarked
package io.oarlog.server.cli.bench;

import org.jspecify.annotations.NullMarked;
