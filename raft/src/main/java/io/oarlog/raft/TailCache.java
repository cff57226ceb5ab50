package io.oarlog.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Bounds the record bytes that all partitions of this node keep in memory after they are on disk, for followers that are
 * close behind; the oldest go first. Thread-safe.
 */
final class TailCache {
    private record Kept(PartitionTail tail, PartitionTail.Entry entry) {}

    private final long maxBytes;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private long bytes;

    TailCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Takes entries that are on disk now, and evicts what no longer fits. */
    void keep(PartitionTail tail, List<PartitionTail.Entry> entries) {
        List<Kept> evicted = new ArrayList<>();
        synchronized (this) {
            for (PartitionTail.Entry entry : entries) {
                kept.add(new Kept(tail, entry));
                bytes += entry.data().size();
            }
            while (bytes > maxBytes) {
                Kept oldest = kept.remove();
                bytes -= oldest.entry().data().size();
                evicted.add(oldest);
            }
        }
        // Outside the lock: the tails have locks of their own.
        evicted.forEach(e -> e.tail().evict(e.entry()));
    }

    /** Forgets a partition that is closed. */
    synchronized void drop(PartitionTail tail) {
        kept.removeIf(k -> {
            if (k.tail() != tail) {
                return false;
            }
            bytes -= k.entry().data().size();
            return true;
        });
    }

    synchronized long bytes() {
        return bytes;
    }
}
