package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.CompactionBacklog;
import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionReport;
import io.oarlog.log.CompactionTrigger;
import io.oarlog.log.EpochEnd;
import io.oarlog.log.LogRegion;
import io.oarlog.log.ProducerBatch;
import io.oarlog.log.RetentionPolicy;
import io.oarlog.log.TimestampOffset;
import java.io.IOException;
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

    /**
     * As {@link #append}, but not at all once the leader epoch is another one, even if this node leads again. For a writer
     * whose records follow from what it read: with no other writer, its records of one epoch lie in the log without gaps.
     */
    CompletableFuture<AppendOutcome> appendInEpoch(ByteBuffer batches, List<BatchHeader> headers, int leaderEpoch);

    /**
     * Moves the start of the log up on all replicas, through the Raft log; segments that lie below it are deleted soon
     * after. At the leader only.
     *
     * @param newStartOffset at or below the high watermark; at or below the present start nothing is done
     * @return completes when a majority has it and it holds here, or it cannot be; on a thread of Ratis
     */
    CompletableFuture<AdvanceOutcome> advanceLogStart(long newStartOffset);

    /** As {@link #advanceLogStart}, to where the policy lets the log start now. */
    CompletableFuture<AdvanceOutcome> applyRetention(RetentionPolicy policy, long nowMillis);

    /**
     * Lets the replicas compact what all of them have on their disks by now, agreed through the Raft log. At the leader only;
     * whole segments, never the last one. A replica that is away holds it back.
     *
     * @param trigger nothing is agreed on before it is due to compact what could be compacted then
     * @return completes with the offset below which may be compacted once a majority has it and it holds here; on a thread
     *     of Ratis
     */
    CompletableFuture<AdvanceOutcome> advanceCompactionBound(
            CompactionPolicy policy, CompactionTrigger trigger, long nowMillis);

    /** What {@link #compact} would find to do on this node now. */
    CompactionBacklog compactionBacklog(CompactionPolicy policy, long nowMillis);

    /**
     * Compacts this node's replica as far as was agreed, on the caller's thread, which can take long; appends and reads go on.
     *
     * @return nothing when the disk has no room for it now
     * @throws io.oarlog.log.LogException when it failed; the log goes on with what was cleaned before
     */
    Optional<CompactionReport> compact(CompactionPolicy policy, long nowMillis);

    /**
     * Looks at all records that this replica has on its disk, on the caller's thread, which can take long; appends and reads go
     * on. A replica whose records are not what was written leaves its group at once and is repaired from the others; the only
     * one there is goes on, and so does one whose damage they cannot mend.
     *
     * @throws IOException when its Raft log cannot be read
     * @throws io.oarlog.log.LogException when its segments cannot be read
     */
    ScrubReport scrub(ScrubPace pace) throws IOException;

    /** How new segments are cut from now on, also after a restart; index intervals stay as they are. Writes to the disk. */
    void configureSegments(int segmentBytes, long segmentMillis);

    /** First offset that can be read, inclusive. */
    long logStartOffset();

    /** End of what is committed and applied here, exclusive. */
    long highWatermark();

    /** End of what this replica has taken, exclusive: what lies above the high watermark may still be taken back. */
    long logEndOffset();

    /** Why nothing can be appended here now, if so. */
    Optional<AppendOutcome> refusal();

    /** Leadership as known here, now. */
    PartitionLeader leader();

    /**
     * Completes when a leader is known here, or after 300 ms; at once where there has been none for 2 s. Whoever is told of none asks again
     * after a pause of its own, which may be much longer than an election takes.
     *
     * @return never fails; completes on a thread that must not wait
     */
    CompletableFuture<Void> leaderSoon();

    /** Node ids of the replicas, preferred leader first. */
    List<Integer> replicas();

    /**
     * Node ids of the replicas that answer the leader and are close behind, in their order, this node among them; none when it
     * does not lead. They are the ones that may lead within a moment; what is acknowledged is on a majority, whoever is here.
     */
    List<Integer> inSync();

    /**
     * Reads whole batches from the one that holds {@code offset}, below the high watermark only.
     *
     * @param offset in [logStartOffset, highWatermark]
     * @param maxBytes bound on the bytes returned; the first batch is returned whole even when larger
     * @return a buffer of the caller's own, empty when {@code offset} is the high watermark
     * @throws IllegalArgumentException when the log does not hold the offset, also when its start was moved up just now
     */
    ByteBuffer read(long offset, int maxBytes);

    /**
     * As {@link #read}, left in the segment's file to be sent from there.
     *
     * @param minBytes a run of batches that is shorter is better read
     * @return to be closed; nothing when there are fewer bytes, or the first batch is larger than {@code maxBytes}
     * @throws IllegalArgumentException as {@link #read}
     */
    Optional<LogRegion> region(long offset, int minBytes, int maxBytes);

    /** First record below the high watermark whose timestamp is {@code timestamp} or later, in ms since the epoch. */
    Optional<TimestampOffset> offsetForTimestamp(long timestamp);

    /** Of the records below the high watermark the first one with the newest timestamp; empty when there is none. */
    Optional<TimestampOffset> newestTimestamp();

    /**
     * Where the records of a leader epoch end, of those below the high watermark.
     *
     * @param leaderEpoch not above this node's; its own one ends at the high watermark
     */
    EpochEnd endOfEpoch(int leaderEpoch);

    /** Bytes of this replica's segments, and of what it is copying from another replica. */
    long sizeInBytes();

    /** The last committed batch of each idempotent producer that this replica remembers. */
    List<ProducerBatch> producers();
}
