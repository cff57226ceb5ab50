package io.oarlog.chaos.report;

import org.jspecify.annotations.Nullable;

/**
 * What ended in one second of a run.
 *
 * @param number of the second, from 0 at the begin of the histories
 * @param acknowledged operations that sent and ended well
 * @param refused those that certainly took no effect
 * @param unknown those of which nobody knows
 * @param polled records that consumers were given
 * @param latency null when no send with a known begin was acknowledged
 */
record Second(
        long number,
        int acknowledged,
        int refused,
        int unknown,
        int polled,
        @Nullable Latency latency) {}
