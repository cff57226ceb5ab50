package io.oarlog.log;

/**
 * Where the batches of a leader epoch end in a log (KIP-101, KIP-320).
 *
 * @param leaderEpoch the one that was asked for, or the largest before it that has batches
 * @param endOffset exclusive
 */
public record EpochEnd(int leaderEpoch, long endOffset) {}
