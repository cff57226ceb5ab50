package io.oarlog.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The records of one partition that were not sent yet, in batches: full ones and at most one open. Thread-safe: callers
 * append, the event loop takes; the object's monitor guards all fields and the open batch.
 */
final class PartitionQueue {
    /** There is nothing to send. */
    static final long NEVER = Long.MAX_VALUE;

    private final Deque<ProducerBatch> full = new ArrayDeque<>();
    private @Nullable ProducerBatch open;
    private boolean closed;

    /** Appends to the open batch; null when there is none with room, and the one there was is full now. */
    synchronized @Nullable CompletableFuture<RecordMetadata> tryAppend(long timestamp, ProducerRecord record) {
        ProducerBatch batch = open;
        if (batch == null) {
            return null;
        }
        CompletableFuture<RecordMetadata> future = batch.tryAppend(timestamp, record.key(), record.value());
        if (future == null) {
            batch.seal();
            full.addLast(batch);
            open = null;
        }
        return future;
    }

    /**
     * Makes the fresh batch the open one, behind the present one, which is full then.
     *
     * @return false when this is closed: the batch is not taken
     */
    synchronized boolean add(ProducerBatch fresh) {
        if (closed) {
            return false;
        }
        if (open != null) {
            open.seal();
            full.addLast(open);
        }
        open = fresh;
        return true;
    }

    /** How long until a batch is due, by its size or by its age; {@link #NEVER} when there is none. */
    synchronized long nanosUntilDue(long nowNanos, long lingerNanos) {
        if (!full.isEmpty()) {
            return 0;
        }
        return open == null ? NEVER : Math.max(0, open.createdNanos() + lingerNanos - nowNanos);
    }

    /** How long until the oldest batch reaches its deadline; {@link #NEVER} when there is none. */
    synchronized long nanosUntilDeadline(long nowNanos) {
        ProducerBatch oldest = full.isEmpty() ? open : full.peekFirst();
        return oldest == null ? NEVER : oldest.deadlineNanos() - nowNanos;
    }

    /** The oldest batch, which takes no more records then. */
    synchronized @Nullable ProducerBatch poll() {
        ProducerBatch batch = full.pollFirst();
        if (batch == null && open != null) {
            batch = open;
            batch.seal();
            open = null;
        }
        return batch;
    }

    /** Takes out what has reached its deadline. */
    synchronized List<ProducerBatch> pollExpired(long nowNanos) {
        List<ProducerBatch> expired = new ArrayList<>();
        for (Iterator<ProducerBatch> batches = full.iterator(); batches.hasNext(); ) {
            ProducerBatch batch = batches.next();
            if (batch.deadlineNanos() - nowNanos <= 0) {
                batches.remove();
                expired.add(batch);
            }
        }
        if (open != null && open.deadlineNanos() - nowNanos <= 0) {
            expired.add(open);
            open = null;
        }
        return expired;
    }

    /** Takes no more records; returns what was not sent. */
    synchronized List<ProducerBatch> close() {
        closed = true;
        List<ProducerBatch> left = new ArrayList<>(full);
        full.clear();
        if (open != null) {
            left.add(open);
            open = null;
        }
        return left;
    }
}
