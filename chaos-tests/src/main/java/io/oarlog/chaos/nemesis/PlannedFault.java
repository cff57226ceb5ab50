package io.oarlog.chaos.nemesis;

/**
 * One fault of a plan.
 *
 * @param atMillis since the workload began
 * @param lastsMillis until it is mended
 * @param seed of whatever is drawn when it is made
 */
public record PlannedFault(long atMillis, long lastsMillis, FaultKind kind, Role role, Moment moment, long seed) {}
