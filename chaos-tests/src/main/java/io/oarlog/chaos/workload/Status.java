package io.oarlog.chaos.workload;

import java.util.List;

/**
 * What the clients say each second.
 *
 * @param phase {@code running}, {@code final} or {@code done}
 * @param ok sends since the last status; failed and unknown likewise
 * @param records polled since the last status
 * @param registers operations on registers since then
 * @param notClosed clients that could not be closed in order, since the begin
 * @param p50 milliseconds of an acknowledged send; 0: there was none
 * @param leaders of the workload's partitions
 * @param metadata who leads the metadata; 0: not known
 * @param coordinator of the group; 0: not known
 */
public record Status(
        String phase,
        int ok,
        int failed,
        int unknown,
        int records,
        int registers,
        int notClosed,
        double p50,
        double p99,
        List<Integer> leaders,
        int metadata,
        int coordinator) {
    static Status of(String phase, Measurements.Look look, Scout.Found found) {
        return new Status(
                phase,
                look.ok(),
                look.failed(),
                look.unknown(),
                look.records(),
                look.registers(),
                look.notClosed(),
                look.p50(),
                look.p99(),
                found.leaders(),
                found.metadata(),
                found.coordinator());
    }
}
