package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/** How far the event loop has fetched a partition. Confined to the event loop. */
final class FetchedPartition {
    /** Fetched but not read: one being read and one ready. */
    private static final int MAX_CHUNKS = 2;

    private final TopicPartition partition;
    private final long run;
    private long nextOffset;
    private int chunks;
    private boolean inFlight;
    private boolean ended;
    private int failures;
    private long notBeforeNanos;
    private @Nullable PartitionLeader failedLeader;

    FetchedPartition(TopicPartition partition, long run, long offset, long notBeforeNanos) {
        this.partition = partition;
        this.run = run;
        this.nextOffset = offset;
        this.notBeforeNanos = notBeforeNanos;
    }

    TopicPartition partition() {
        return partition;
    }

    long run() {
        return run;
    }

    long nextOffset() {
        return nextOffset;
    }

    /** Whether to fetch more of it, if its leader can be reached. */
    boolean isWanted() {
        return !inFlight && !ended && chunks < MAX_CHUNKS;
    }

    /** How long to leave the leader alone; nothing when it is another one than failed. */
    long nanosToWait(PartitionLeader leader, long nowNanos) {
        boolean replaced = failedLeader != null && !failedLeader.equals(leader);
        return replaced ? 0 : Math.max(0, notBeforeNanos - nowNanos);
    }

    boolean looksForLeader() {
        return failedLeader != null;
    }

    void onSent() {
        inFlight = true;
    }

    void onFetched(long newNextOffset) {
        inFlight = false;
        chunks++;
        nextOffset = newNextOffset;
        failures = 0;
        failedLeader = null;
    }

    void onNothingNew() {
        inFlight = false;
        failures = 0;
        failedLeader = null;
    }

    void onRead() {
        chunks--;
    }

    /** The attempt failed; another leader may do better. */
    void onFailure(@Nullable PartitionLeader leader, long nowNanos, RetryPolicy retries) {
        inFlight = false;
        failures++;
        failedLeader = leader;
        notBeforeNanos = nowNanos + retries.delayNanos(failures);
    }

    /** The caller must decide: nothing more is fetched in this run. */
    void end() {
        inFlight = false;
        ended = true;
    }
}
