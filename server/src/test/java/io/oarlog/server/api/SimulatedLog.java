package io.oarlog.server.api;

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
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A partition's log without disk and replicas, led here unless told otherwise; it keeps no records. */
public final class SimulatedLog implements ReplicatedLog {
    private static final int NODE = 1;
    private static final int EPOCH = 3;

    private final PartitionId id;
    private final long highWatermark;
    private volatile long logStartOffset;
    private volatile boolean isLeader = true;
    private volatile boolean isLed = true;
    private volatile CompletableFuture<Void> leaderSoon = CompletableFuture.completedFuture(null);
    private volatile @Nullable Supplier<CompletableFuture<AdvanceOutcome>> nextAdvance;
    private volatile Runnable beforeRead = () -> {};
    private volatile Optional<EpochEnd> epochEnd = Optional.empty();
    private volatile boolean isDuplicate;
    private volatile Regions regions = (offset, minBytes, maxBytes) -> Optional.empty();
    private volatile @Nullable ByteBuffer lastAppended;
    private final AtomicInteger appends = new AtomicInteger();
    private final Queue<RetentionPolicy> applied = new ConcurrentLinkedQueue<>();
    private final Queue<CompactionPolicy> agreed = new ConcurrentLinkedQueue<>();
    private volatile CompactionBacklog backlog = new CompactionBacklog(0, 0, -1);
    private volatile Function<CompactionPolicy, Optional<CompactionReport>> compaction = policy -> Optional.empty();

    private volatile Function<ScrubPace, ScrubReport> scrub = pace -> new ScrubReport(0, Optional.empty());

    public SimulatedLog(UUID topicId, String topic, int partition, long logStartOffset, long highWatermark) {
        this.id = new PartitionId(topicId, topic, partition);
        this.logStartOffset = logStartOffset;
        this.highWatermark = highWatermark;
    }

    /** What it says of all epochs before the leader's. */
    SimulatedLog withEpochEndingAt(int leaderEpoch, long endOffset) {
        epochEnd = Optional.of(new EpochEnd(leaderEpoch, endOffset));
        return this;
    }

    public void leading() {
        isLeader = true;
    }

    /** Another node leads. */
    public SimulatedLog following() {
        isLeader = false;
        return this;
    }

    /** Nobody leads. */
    public void leaderless() {
        isLeader = false;
        isLed = false;
    }

    /** What a compaction would find, the oldest of it from 4,000 ms, and what it does. */
    public SimulatedLog dirty(
            long cleanBytes, long dirtyBytes, Function<CompactionPolicy, Optional<CompactionReport>> newCompaction) {
        backlog = new CompactionBacklog(cleanBytes, dirtyBytes, 4_000);
        compaction = newCompaction;
        return this;
    }

    /** What a look at its records finds, or does. */
    public SimulatedLog scrubbed(Function<ScrubPace, ScrubReport> newScrub) {
        scrub = newScrub;
        return this;
    }

    /** The policies with which it was to be agreed on compaction, in order. */
    public List<CompactionPolicy> agreed() {
        return List.copyOf(agreed);
    }

    /** How moves of the start, and of the bound of compaction, end from now on. */
    public SimulatedLog advancing(Supplier<CompletableFuture<AdvanceOutcome>> outcome) {
        nextAdvance = outcome;
        return this;
    }

    void beforeRead(Runnable action) {
        beforeRead = action;
    }

    /** Appends are repetitions from now on. */
    void repeating() {
        isDuplicate = true;
    }

    int appends() {
        return appends.get();
    }

    ByteBuffer lastAppended() {
        return Objects.requireNonNull(lastAppended);
    }

    /** Where the log's regions are. */
    interface Regions {
        Optional<LogRegion> find(long offset, int minBytes, int maxBytes);
    }

    void keptIn(Regions newRegions) {
        regions = newRegions;
    }

    void startAt(long offset) {
        logStartOffset = offset;
    }

    /** The policies that were applied, in order. */
    public List<RetentionPolicy> applied() {
        return List.copyOf(applied);
    }

    @Override
    public PartitionId id() {
        return id;
    }

    @Override
    public CompletableFuture<AppendOutcome> append(ByteBuffer batches, List<BatchHeader> headers) {
        if (!RecordBatches.validate(batches, Integer.MAX_VALUE).equals(headers)) {
            throw new IllegalArgumentException("other batches than " + headers);
        }
        lastAppended = batches;
        appends.incrementAndGet();
        return CompletableFuture.completedFuture(new AppendOutcome.Appended(highWatermark, isDuplicate));
    }

    @Override
    public CompletableFuture<AppendOutcome> appendInEpoch(
            ByteBuffer batches, List<BatchHeader> headers, int leaderEpoch) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<AdvanceOutcome> advanceLogStart(long newStartOffset) {
        Supplier<CompletableFuture<AdvanceOutcome>> scripted = nextAdvance;
        if (scripted != null) {
            return scripted.get();
        } else if (newStartOffset > highWatermark) {
            return CompletableFuture.completedFuture(new AdvanceOutcome.BeyondHighWatermark(highWatermark));
        }
        logStartOffset = Math.max(logStartOffset, newStartOffset);
        return CompletableFuture.completedFuture(new AdvanceOutcome.Advanced(logStartOffset));
    }

    @Override
    public CompletableFuture<AdvanceOutcome> applyRetention(RetentionPolicy policy, long nowMillis) {
        applied.add(policy);
        return advanceLogStart(logStartOffset);
    }

    @Override
    public CompletableFuture<AdvanceOutcome> advanceCompactionBound(
            CompactionPolicy policy, CompactionTrigger trigger, long nowMillis) {
        agreed.add(policy);
        Supplier<CompletableFuture<AdvanceOutcome>> scripted = nextAdvance;
        return scripted != null
                ? scripted.get()
                : CompletableFuture.completedFuture(new AdvanceOutcome.Advanced(highWatermark));
    }

    @Override
    public CompactionBacklog compactionBacklog(CompactionPolicy policy, long nowMillis) {
        return backlog;
    }

    @Override
    public Optional<CompactionReport> compact(CompactionPolicy policy, long nowMillis) {
        return compaction.apply(policy);
    }

    @Override
    public ScrubReport scrub(ScrubPace pace) {
        return scrub.apply(pace);
    }

    @Override
    public void configureSegments(int segmentBytes, long segmentMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long logStartOffset() {
        return logStartOffset;
    }

    @Override
    public long highWatermark() {
        return highWatermark;
    }

    @Override
    public long logEndOffset() {
        return highWatermark;
    }

    @Override
    public Optional<AppendOutcome> refusal() {
        return isLeader ? Optional.empty() : Optional.of(new AppendOutcome.NotLeader(OptionalInt.of(NODE + 1), EPOCH));
    }

    @Override
    public PartitionLeader leader() {
        int node = isLeader ? NODE : NODE + 1;
        return new PartitionLeader(isLed ? OptionalInt.of(node) : OptionalInt.empty(), EPOCH, isLeader);
    }

    @Override
    public CompletableFuture<Void> leaderSoon() {
        return leaderSoon;
    }

    /** A leader is known once that completes. */
    public void leaderKnownWith(CompletableFuture<Void> known) {
        leaderSoon = known;
    }

    @Override
    public List<Integer> inSync() {
        return replicas();
    }

    @Override
    public List<Integer> replicas() {
        return List.of(NODE, NODE + 1, NODE + 2);
    }

    @Override
    public ByteBuffer read(long offset, int maxBytes) {
        beforeRead.run();
        if (offset < logStartOffset) {
            throw new IllegalArgumentException("offset " + offset + " is below " + logStartOffset);
        }
        return ByteBuffer.allocate(0);
    }

    @Override
    public Optional<LogRegion> region(long offset, int minBytes, int maxBytes) {
        return regions.find(offset, minBytes, maxBytes);
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
        return epochEnd.orElseThrow();
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
