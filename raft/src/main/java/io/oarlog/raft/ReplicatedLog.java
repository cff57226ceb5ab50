package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.TimestampOffset;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One partition as the broker sees it: append at the leader, read what is committed. Thread-safe.
 *
 * <p>Offsets are those of Kafka; the high watermark is the end (exclusive) of what Raft has applied here.
 */
public interface ReplicatedLog {
    PartitionId id();

    /**
     * Appends whole v2 batches, which the caller has validated with {@code RecordBatches.validate}. Batches of many
     * callers may share one Raft entry and so one fsync; those of one caller keep their order.
     *
     * @param batches position to limit; owned by the log from here on, base offsets and leader epochs are written into it
     * @param headers the batches' headers, in order
     * @return completes when the records are on disk at a majority and applied here, or cannot be; on a thread of the
     *     append pool or of Ratis
     */
    CompletableFuture<AppendOutcome> append(ByteBuffer batches, List<BatchHeader> headers);

    /** First offset that can be read, inclusive. */
    long logStartOffset();

    /** End of what is committed and applied here, exclusive. */
    long highWatermark();

    /** Leadership as known here, now. */
    PartitionLeader leader();

    /** Node ids of the replicas, preferred leader first. */
    List<Integer> replicas();

    /**
     * Reads whole batches from the one that holds {@code offset}, below the high watermark only.
     *
     * @param offset in [logStartOffset, highWatermark]
     * @param maxBytes bound on the bytes returned; the first batch is returned whole even when larger
     * @return a buffer of the caller's own, empty when {@code offset} is the high watermark
     */
    ByteBuffer read(long offset, int maxBytes);

    /** First record below the high watermark whose timestamp is {@code timestamp} or later, in ms since the epoch. */
    Optional<TimestampOffset> offsetForTimestamp(long timestamp);
}
