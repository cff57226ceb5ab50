package io.oarlog.server.group;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.CompactionBacklog;
import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionReport;
import io.oarlog.log.CompactionTrigger;
import io.oarlog.log.EpochEnd;
import io.oarlog.log.LogRegion;
import io.oarlog.log.ProducerBatch;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.RetentionPolicy;
import io.oarlog.log.TimestampOffset;
import io.oarlog.raft.AdvanceOutcome;
import io.oarlog.raft.AppendOutcome;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import io.oarlog.raft.ScrubPace;
import io.oarlog.raft.ScrubReport;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** A partition of the offsets topic in memory, whose appends end as the test says. Thread-safe. */
final class KeptLog implements ReplicatedLog {
    static final TopicPartition PARTITION = new TopicPartition(OffsetsTopic.NAME, 3);
    static final int EPOCH = 7;

    private final List<ByteBuffer> batches = new ArrayList<>();
    private final List<CompletableFuture<AppendOutcome>> appends = new ArrayList<>();
    private final List<Integer> epochs = new ArrayList<>();
    private long startOffset;
    private long endOffset;
    private long highWatermark;
    private PartitionLeader leader = new PartitionLeader(OptionalInt.of(1), EPOCH, true);
    private Optional<AppendOutcome> refusal = Optional.empty();
    private final Queue<ByteBuffer> heldBack = new ArrayDeque<>();
    private boolean isHeldBack;

    static MemoryRecords records(SimpleRecord... records) {
        return MemoryRecords.withRecords(Compression.NONE, records);
    }

    static MemoryRecords records(int count) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = new SimpleRecord(0L, new byte[] {0, 1}, new byte[] {2});
        }
        return records(records);
    }

    /** Records that are there and committed. */
    synchronized KeptLog with(MemoryRecords records) {
        keep(records.buffer());
        highWatermark = endOffset;
        return this;
    }

    /** All records below are gone. */
    synchronized KeptLog startingAt(long offset) {
        startOffset = offset;
        endOffset = offset;
        highWatermark = offset;
        return this;
    }

    private void keep(ByteBuffer bytes) {
        ByteBuffer kept =
                ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        RecordBatches.placeAt(kept, 0, endOffset, EPOCH);
        batches.add(kept);
        endOffset = BatchHeader.read(kept, 0).nextOffset();
    }

    synchronized void lead(int epoch, boolean isLocal) {
        leader = new PartitionLeader(OptionalInt.of(isLocal ? 1 : 2), epoch, isLocal);
    }

    synchronized void refuse(AppendOutcome outcome) {
        refusal = Optional.of(outcome);
    }

    synchronized void commitTo(long offset) {
        highWatermark = offset;
    }

    /** Appends wait outside of the log until they end. */
    synchronized void holdBack() {
        isHeldBack = true;
    }

    synchronized int appendCount() {
        return appends.size();
    }

    synchronized ByteBuffer batch(int number) {
        return batches.get(number).duplicate();
    }

    /** Ends the append of that number, from 0 on. */
    void end(int number, AppendOutcome outcome) {
        CompletableFuture<AppendOutcome> append;
        synchronized (this) {
            append = appends.get(number);
            if (isHeldBack && outcome instanceof AppendOutcome.Appended) {
                keep(heldBack.remove());
                highWatermark = endOffset;
            }
        }
        append.complete(outcome);
    }

    void commit(int number, long baseOffset) {
        end(number, new AppendOutcome.Appended(baseOffset, false));
    }

    @Override
    public synchronized CompletableFuture<AppendOutcome> appendInEpoch(
            ByteBuffer bytes, List<BatchHeader> headers, int leaderEpoch) {
        if (isHeldBack) {
            heldBack.add(bytes);
        } else {
            keep(bytes);
        }
        epochs.add(leaderEpoch);
        CompletableFuture<AppendOutcome> append = new CompletableFuture<>();
        appends.add(append);
        return append;
    }

    /** The epochs in which was appended. */
    synchronized List<Integer> epochs() {
        return List.copyOf(epochs);
    }

    @Override
    public synchronized ByteBuffer read(long offset, int maxBytes) {
        if (offset < startOffset) {
            throw new IllegalArgumentException("offset " + offset + " is below " + startOffset);
        }
        for (ByteBuffer batch : batches) {
            BatchHeader header = BatchHeader.read(batch, 0);
            if (header.nextOffset() > offset && header.nextOffset() <= highWatermark) {
                return batch.duplicate();
            }
        }
        return ByteBuffer.allocate(0);
    }

    @Override
    public synchronized PartitionLeader leader() {
        return leader;
    }

    @Override
    public synchronized Optional<AppendOutcome> refusal() {
        return refusal;
    }

    @Override
    public synchronized long logStartOffset() {
        return startOffset;
    }

    @Override
    public synchronized long highWatermark() {
        return highWatermark;
    }

    @Override
    public synchronized long logEndOffset() {
        return endOffset;
    }

    @Override
    public PartitionId id() {
        return new PartitionId(new UUID(0, 1), PARTITION.topic(), PARTITION.partition());
    }

    @Override
    public CompletableFuture<AppendOutcome> append(ByteBuffer bytes, List<BatchHeader> headers) {
        throw new UnsupportedOperationException("the coordinator appends in one epoch only");
    }

    @Override
    public CompletableFuture<AdvanceOutcome> advanceLogStart(long newStartOffset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<AdvanceOutcome> applyRetention(RetentionPolicy policy, long nowMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<AdvanceOutcome> advanceCompactionBound(
            CompactionPolicy policy, CompactionTrigger trigger, long nowMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompactionBacklog compactionBacklog(CompactionPolicy policy, long nowMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<CompactionReport> compact(CompactionPolicy policy, long nowMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScrubReport scrub(ScrubPace pace) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void configureSegments(int segmentBytes, long segmentMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> leaderSoon() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public List<Integer> inSync() {
        return replicas();
    }

    @Override
    public List<Integer> replicas() {
        return List.of(1, 2, 3);
    }

    @Override
    public Optional<LogRegion> region(long offset, int minBytes, int maxBytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<TimestampOffset> offsetForTimestamp(long timestamp) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<TimestampOffset> newestTimestamp() {
        throw new UnsupportedOperationException();
    }

    @Override
    public EpochEnd endOfEpoch(int leaderEpoch) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long sizeInBytes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<ProducerBatch> producers() {
        throw new UnsupportedOperationException();
    }
}
