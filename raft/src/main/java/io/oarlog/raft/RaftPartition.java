package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.CompactionBacklog;
import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionReport;
import io.oarlog.log.CompactionTrigger;
import io.oarlog.log.CorruptLogException;
import io.oarlog.log.EpochEnd;
import io.oarlog.log.InvalidBatchException;
import io.oarlog.log.LogException;
import io.oarlog.log.LogFencedException;
import io.oarlog.log.LogRegion;
import io.oarlog.log.LogSearch;
import io.oarlog.log.ProducerBatch;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.RequiredOffsets;
import io.oarlog.log.RetentionPolicy;
import io.oarlog.log.SegmentSummary;
import io.oarlog.log.SegmentedLog;
import io.oarlog.log.TimestampOffset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition hosted by this node: a Raft group whose state machine is the segment log. Thread-safe.
 *
 * <pre>
 * new --initialize--> open --close--> closed
 *                      |
 *                      +--failed write, fsync or Raft log--> fenced (leaves the group; appends never again) --> closed
 * </pre>
 */
final class RaftPartition implements ReplicatedLog, PartitionAppender.Host {
    private static final Logger LOG = LoggerFactory.getLogger(RaftPartition.class);

    private final PartitionId id;
    private final PartitionFiles files;
    private final PartitionListener listener;
    private final RaftSettings settings;
    private final NodeResources resources;
    private final PartitionAppender appender;
    private final PartitionStateMachine stateMachine;
    private final CommitWaiters waiters = new CommitWaiters();
    private final DivisionSubmitter controlSubmitter =
            new DivisionSubmitter(this::division); // used under its own monitor
    private final PartitionCompaction compaction;
    private final MachineSnapshots snapshots;
    /** Of the segments' bytes, until compaction replaces some: another one after each start. */
    private final long firstEdition = new SecureRandom().nextLong() & Long.MAX_VALUE / 2;

    /** By a copy beside the log. */
    private final AtomicLong copiedBytes = new AtomicLong();

    private final AtomicBoolean isDeleting = new AtomicBoolean();
    /** A move of the bound of compaction is under way. */
    private final AtomicBoolean isAgreeing = new AtomicBoolean();

    // Set once each, by Ratis's start thread, read by all.
    private volatile @Nullable SegmentedLog log;
    private volatile @Nullable RaftLogScan headers;
    private volatile AppliedState.UpTo restored = AppliedState.UpTo.NOTHING;
    private volatile RaftServer.@Nullable Division division;
    private volatile @Nullable RaftServer server;
    private volatile @Nullable RaftGroupId groupId;

    private final LeaderNews leaderNews = new LeaderNews(() -> leader().nodeId().isPresent(), System::nanoTime);

    // Written by the apply thread, and before it begins.
    private volatile long highWatermark;
    private volatile @Nullable String fencedReason;
    private volatile boolean closed;

    RaftPartition(
            PartitionId id,
            PartitionFiles files,
            PartitionListener listener,
            RaftSettings settings,
            NodeResources resources,
            int maxProducers) {
        this.id = id;
        this.files = files;
        this.listener = listener;
        this.settings = settings;
        this.resources = resources;
        this.compaction = new PartitionCompaction(resources.reserve());
        this.snapshots = new MachineSnapshots(
                new Snapshots(),
                "partition " + id,
                files.disk(),
                settings.partitionSnapshots(),
                resources.snapshotPool());
        PartitionTail tail = new PartitionTail(maxProducers);
        this.stateMachine = new PartitionStateMachine(this, tail, resources);
        this.appender = new PartitionAppender(
                this, tail, new DivisionSubmitter(this::division), resources.appendPool(), settings, waiters);
    }

    PartitionStateMachine stateMachine() {
        return stateMachine;
    }

    boolean isOpen() {
        return groupId != null && !closed;
    }

    @Override
    public PartitionId id() {
        return id;
    }

    @Override
    public CompletableFuture<AppendOutcome> append(ByteBuffer batches, List<BatchHeader> headers) {
        return append(batches, headers, OptionalInt.empty()).thenCompose(this::toldWhoLeads);
    }

    /** While leadership moves, a refusal waits until it is known where to: its client goes there at once. */
    private CompletableFuture<AppendOutcome> toldWhoLeads(AppendOutcome outcome) {
        if (closed || !(outcome instanceof AppendOutcome.NotLeader)) {
            return CompletableFuture.completedFuture(outcome);
        } else if (isLedElsewhere()) {
            return CompletableFuture.completedFuture(notLeader());
        }
        CompletableFuture<Void> next = leaderNews.next();
        return isLedElsewhere()
                ? CompletableFuture.completedFuture(notLeader())
                : next.thenApplyAsync(known -> notLeader(), resources.appendPool());
    }

    private boolean isLedElsewhere() {
        PartitionLeader now = leader();
        return now.nodeId().isPresent() && !now.isLocal();
    }

    @Override
    public CompletableFuture<Void> leaderSoon() {
        return closed ? CompletableFuture.completedFuture(null) : leaderNews.soon();
    }

    @Override
    public CompletableFuture<AppendOutcome> appendInEpoch(
            ByteBuffer batches, List<BatchHeader> headers, int leaderEpoch) {
        return append(batches, headers, OptionalInt.of(leaderEpoch));
    }

    private CompletableFuture<AppendOutcome> append(
            ByteBuffer batches, List<BatchHeader> headers, OptionalInt requiredEpoch) {
        int bytes = headers.stream().mapToInt(BatchHeader::sizeInBytes).sum();
        if (headers.isEmpty() || headers.size() > EntryHeader.MAX_BATCHES || bytes != batches.remaining()) {
            throw new IllegalArgumentException(headers.size() + " headers of " + bytes + " bytes for "
                    + batches.remaining() + " bytes of batches");
        }
        Optional<AppendOutcome> refusal = refusal();
        if (refusal.isPresent()) {
            return CompletableFuture.completedFuture(refusal.get());
        }
        return appender.append(new PendingAppend(batches, headers, requiredEpoch));
    }

    @Override
    public long logStartOffset() {
        return log().startOffset();
    }

    @Override
    public long highWatermark() {
        return highWatermark;
    }

    @Override
    public long logEndOffset() {
        return stateMachine.tailEndOffset();
    }

    @Override
    public int leaderEpoch() {
        return leaderEpochOfCurrentTerm();
    }

    @Override
    public PartitionLeader leader() {
        RaftServer.Division current = divisionOrNull();
        if (current == null || closed) {
            return new PartitionLeader(OptionalInt.empty(), 0, false);
        }
        DivisionInfo info = current.getInfo();
        int epoch = epochOfTerm(info.getCurrentTerm());
        if (info.isLeader()) {
            // Until it is ready it cannot serve: entries of earlier terms may not be applied yet.
            boolean ready = info.isLeaderReady() && fencedReason == null;
            return new PartitionLeader(
                    ready ? OptionalInt.of(PeerIds.nodeOf(current.getId())) : OptionalInt.empty(), epoch, ready);
        }
        RaftPeerId leader = info.getLeaderId();
        boolean isElsewhere = leader != null && !leader.equals(current.getId());
        return new PartitionLeader(
                isElsewhere ? OptionalInt.of(PeerIds.nodeOf(leader)) : OptionalInt.empty(), epoch, false);
    }

    @Override
    public List<Integer> replicas() {
        RaftServer.Division current = divisionOrNull();
        if (current == null) {
            return List.of();
        }
        return current.getRaftConf().getCurrentPeers().stream()
                .sorted((a, b) -> Integer.compare(b.getPriority(), a.getPriority()))
                .map(RaftPeer::getId)
                .map(PeerIds::nodeOf)
                .toList();
    }

    @Override
    public List<Integer> inSync() {
        RaftServer.Division current = divisionOrNull();
        if (current == null || !isLeading()) {
            return List.of();
        }
        Followers followers = Followers.of(current);
        return Stream.concat(
                        Stream.of(PeerIds.nodeOf(current.getId())),
                        followers.all().stream()
                                .filter(Followers.Follower::isCloseBehind)
                                .map(Followers.Follower::node))
                .distinct()
                .sorted()
                .toList();
    }

    @Override
    public ByteBuffer read(long offset, int maxBytes) {
        return log().read(offset, maxBytes, highWatermark);
    }

    @Override
    public Optional<LogRegion> region(long offset, int minBytes, int maxBytes) {
        // What is committed is never truncated.
        return log().region(offset, minBytes, maxBytes, highWatermark);
    }

    @Override
    public Optional<TimestampOffset> offsetForTimestamp(long timestamp) {
        return log().offsetForTimestamp(timestamp, highWatermark);
    }

    @Override
    public Optional<TimestampOffset> newestTimestamp() {
        return new LogSearch(log()).newest(highWatermark);
    }

    @Override
    public EpochEnd endOfEpoch(int leaderEpoch) {
        return new LogSearch(log()).endOf(leaderEpoch, highWatermark);
    }

    @Override
    public long sizeInBytes() {
        return log().segments().stream().mapToLong(SegmentSummary::sizeInBytes).sum() + copiedBytes.get();
    }

    @Override
    public List<ProducerBatch> producers() {
        return stateMachine.producers();
    }

    @Override
    public Optional<AppendOutcome> refusal() {
        String reason = fencedReason;
        if (reason != null) {
            return Optional.of(new AppendOutcome.Fenced(reason));
        }
        PartitionLeader leader = leader();
        return leader.isLocal() ? outOfSpace() : Optional.of(notLeader(leader));
    }

    /** Before anything enters the Raft log: what is in there has to be stored. */
    private Optional<AppendOutcome> outOfSpace() {
        DiskReserve reserve = resources.reserve();
        if (reserve.space() != DiskSpace.AMPLE) {
            return Optional.of(new AppendOutcome.OutOfSpace("the leader's disk has " + reserve.usableBytes()
                    + " bytes left, its reserve is " + reserve.reserveBytes()));
        }
        if (resources.peerSpaces().areAllAmple()) {
            return Optional.empty();
        }
        List<Integer> replicas = replicas();
        List<Integer> shortReplicas = resources.peerSpaces().shortAmong(replicas);
        boolean hasMajority = replicas.size() - shortReplicas.size() > replicas.size() / 2;
        return hasMajority
                ? Optional.empty()
                : Optional.of(
                        new AppendOutcome.OutOfSpace("the disks of nodes " + shortReplicas + " run out of space"));
    }

    @Override
    public boolean isLeading() {
        return fencedReason == null && leader().isLocal();
    }

    @Override
    public AppendOutcome notLeader() {
        return notLeader(leader());
    }

    private static AppendOutcome notLeader(PartitionLeader leader) {
        return new AppendOutcome.NotLeader(leader.nodeId(), leader.leaderEpoch());
    }

    @Override
    public CompletableFuture<AdvanceOutcome> advanceLogStart(long newStartOffset) {
        PartitionLeader leader = leader();
        if (!leader.isLocal()) {
            return CompletableFuture.completedFuture(
                    new AdvanceOutcome.NotLeader(leader.nodeId(), leader.leaderEpoch()));
        }
        if (newStartOffset > highWatermark) {
            return CompletableFuture.completedFuture(new AdvanceOutcome.BeyondHighWatermark(highWatermark));
        }
        if (newStartOffset <= logStartOffset()) {
            return CompletableFuture.completedFuture(new AdvanceOutcome.Advanced(logStartOffset()));
        }
        return advance(new LogStart(newStartOffset), this::logStartOffset);
    }

    /** @param reached where it is here now */
    private CompletableFuture<AdvanceOutcome> advance(ControlEntry entry, LongSupplier reached) {
        CompletableFuture<PartitionAppender.EntryOutcome> submitted;
        synchronized (controlSubmitter) {
            submitted = controlSubmitter.submit(entry);
        }
        return submitted.handle((outcome, failure) -> outcome == PartitionAppender.EntryOutcome.COMMITTED
                ? new AdvanceOutcome.Advanced(reached.getAsLong())
                : new AdvanceOutcome.Unknown("the leader changed or did not answer"));
    }

    @Override
    public CompletableFuture<AdvanceOutcome> applyRetention(RetentionPolicy policy, long nowMillis) {
        SegmentedLog current = log();
        return advanceLogStart(policy.startOffset(current.segments(), current.startOffset(), highWatermark, nowMillis));
    }

    @Override
    public void configureSegments(int segmentBytes, long segmentMillis) {
        log().configure(segmentBytes, segmentMillis);
        try {
            files.keep(new SegmentSettings(segmentBytes, segmentMillis));
        } catch (IOException e) {
            // Until it is told again after the next start its segments are cut by the node's defaults.
            LOG.atWarn().addKeyValue("partition", id).setCause(e).log("how its segments are cut could not be kept");
        }
    }

    @Override
    public CompletableFuture<AdvanceOutcome> advanceCompactionBound(
            CompactionPolicy policy, CompactionTrigger trigger, long nowMillis) {
        PartitionLeader leader = leader();
        if (!leader.isLocal()) {
            return CompletableFuture.completedFuture(
                    new AdvanceOutcome.NotLeader(leader.nodeId(), leader.leaderEpoch()));
        }
        long attainable;
        try {
            attainable = compaction.attainableBound(division(), log(), highWatermark);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        boolean isWorthIt = attainable > compaction.bound()
                && trigger.isDue(log().compactionBacklog(policy, attainable, nowMillis), nowMillis);
        // One at a time: without a majority they would pile up in the Raft log.
        return isWorthIt && !isAgreeing.getAndSet(true)
                ? advance(new CompactionBound(attainable), compaction::bound)
                        .whenComplete((outcome, failure) -> isAgreeing.set(false))
                : CompletableFuture.completedFuture(new AdvanceOutcome.Advanced(compaction.bound()));
    }

    @Override
    public CompactionBacklog compactionBacklog(CompactionPolicy policy, long nowMillis) {
        return compaction.backlog(log(), policy, nowMillis);
    }

    @Override
    public Optional<CompactionReport> compact(CompactionPolicy policy, long nowMillis) {
        try {
            return compaction.compact(log(), policy, nowMillis);
        } catch (LogFencedException e) {
            fence(e);
            throw e;
        }
    }

    @Override
    public ScrubReport scrub(ScrubPace pace) throws IOException {
        PartitionScrub scrub = new PartitionScrub(this, pace);
        try {
            scrub.run(stateMachine.groupDirectory());
            scrub.lastingDamage().ifPresent(this::onLastingDamage);
            return new ScrubReport(scrub.bytes(), scrub.lastingDamage());
        } catch (CorruptLogException e) {
            String damage = String.valueOf(e.getMessage());
            if (replicas().size() > 1) {
                // Repaired from the others, with this replica out of its group meanwhile.
                fence(e);
            } else {
                onLastingDamage(damage);
            }
            return new ScrubReport(scrub.bytes(), Optional.of(damage));
        }
    }

    private void onLastingDamage(String damage) {
        LOG.atError()
                .addKeyValue("partition", id)
                .addKeyValue("damage", damage)
                .log("a partition is damaged on this node's disk, and no other replica can mend it");
    }

    /** An offset that all replicas agreed on. */
    void onControl(ControlEntry entry) {
        if (entry instanceof LogStart start) {
            onLogStart(start);
        } else if (entry instanceof CompactionBound bound) {
            compaction.onBound(bound);
        } else {
            throw new AssertionError(entry);
        }
    }

    /** The start moved; the files are deleted later, on another thread. */
    private void onLogStart(LogStart start) {
        log().advanceStartOffset(start.offset());
        listener.onLogStart(id, logStartOffset());
        if (!isDeleting.getAndSet(true)) {
            try {
                resources.readPool().execute(this::deleteObsoleteSegments);
            } catch (RejectedExecutionException e) {
                isDeleting.set(false); // the node stops; the next start does it
            }
        }
    }

    private void deleteObsoleteSegments() {
        // Before: what comes from here on asks again.
        isDeleting.set(false);
        if (closed || fencedReason != null) {
            return;
        }
        try {
            int deleted = log().deleteObsoleteSegments();
            if (deleted > 0) {
                LOG.atInfo()
                        .addKeyValue("partition", id)
                        .addKeyValue("segments", deleted)
                        .addKeyValue("logStartOffset", logStartOffset())
                        .log("deleted segments below the log's start");
            }
        } catch (LogFencedException e) {
            fence(e);
        } catch (LogException | IllegalStateException e) {
            LOG.atWarn()
                    .addKeyValue("partition", id)
                    .setCause(e)
                    .log("segments below the log's start could not be deleted; tried again when it moves next");
        }
    }

    PartitionFiles files() {
        return files;
    }

    /** What of this partition snapshots are taken. */
    private final class Snapshots implements SnapshotSource {
        @Override
        public Snapshot snapshot() {
            return appliedNow().snapshot();
        }

        /** The records that it refers to: a leader may apply what others have stored first. */
        @Override
        public boolean isDurable() {
            return stateMachine.flushedEndOffset() >= highWatermark;
        }

        @Override
        public void restore(InputStream in) throws IOException {
            restored = new AppliedState.UpTo(TermIndex.INITIAL_VALUE, PartitionSnapshot.read(in));
        }
    }

    private AppliedState.UpTo appliedNow() {
        return stateMachine.applied().now(() -> log().startOffset(), compaction::bound, replicas());
    }

    /** What is known of the records that are applied, up to an offset, exclusive. */
    RequiredOffsets applied(long endOffset) {
        PartitionSnapshot known = appliedNow().snapshot();
        return new RequiredOffsets(
                known.logStartOffset(), Math.min(endOffset, known.endOffset()), known.leaderEpochs());
    }

    /** The last entry that a snapshot on this disk stands for; null when there is none. Does not wait. */
    @Nullable
    TermIndex latestSnapshot() {
        return snapshots.ownLatest();
    }

    /** What the newest snapshot told at the start, until the group is opened. */
    AppliedState.UpTo restored() {
        return restored;
    }

    /** An entry is applied. */
    void onApplied(TermIndex entry, int bytes) {
        snapshots.onApplied(entry, bytes);
    }

    /** The interval of snapshots is over. Waits for nothing. */
    void onSnapshotInterval() {
        if (!closed) {
            worthASnapshot().ifPresent(now -> snapshots.onInterval(now.position(), now.snapshot()));
        }
    }

    /** What was applied, unless little was since the last snapshot, or not all of it is on the disk. */
    private Optional<AppliedState.UpTo> worthASnapshot() {
        boolean isOpened = groupId != null && divisionOrNull() != null && !isFenced();
        return isOpened && snapshots.isWorthOne(stateMachine.applied().position())
                ? Optional.of(appliedNow()).filter(this::isDurable)
                : Optional.empty();
    }

    /** Whether the records that it refers to are on the disk: a leader may apply what others have stored first. */
    private boolean isDurable(AppliedState.UpTo state) {
        return stateMachine.flushedEndOffset() >= state.snapshot().endOffset();
    }

    private void purge(long index) {
        RaftServer.Division current = divisionOrNull();
        if (current != null && index >= 0 && !closed) {
            var unused = current.getRaftLog().purge(index);
        }
    }

    /**
     * Opens the snapshots.
     *
     * @throws DamagedSnapshotException when the entries that one stood for are gone, and it is damaged
     */
    private void openSnapshots(Path groupDirectory) throws IOException {
        snapshots.openGroup(groupDirectory, this::purge);
        Optional<TermIndex> position = snapshots.restoreLatest();
        if (position.isPresent()) {
            restored = new AppliedState.UpTo(position.get(), restored.snapshot());
        }
    }

    /**
     * What this replica has, for one that copies it.
     *
     * @throws IllegalStateException when not all that it applied is on its disk just now
     */
    RecordsOffer offer() {
        long edition = edition();
        AppliedState.UpTo state = appliedNow();
        if (!isDurable(state)) {
            throw new IllegalStateException("partition " + id + ": what was applied last is not on the disk yet");
        }
        return new RecordsOffer(state, log().firstStoredOffset(), log().rewrittenEndOffset(), edition);
    }

    /**
     * Some of what was offered.
     *
     * @throws CorruptLogException when it is damaged; this replica is repaired from others then, if there are any
     */
    StoredRecords stored(RecordsRequest wanted) {
        ByteBuffer batches = log().readStored(wanted.fromOffset(), StoredRecords.MAX_BYTES, wanted.endOffset());
        List<BatchHeader> headers = requireSound(batches, wanted.fromOffset());
        long end = headers.isEmpty() ? -1 : headers.get(headers.size() - 1).nextOffset();
        boolean endsSegment = log().segments().stream().anyMatch(segment -> segment.baseOffset() == end);
        // After the read: other bytes come with another edition.
        return new StoredRecords(edition(), endsSegment, batches);
    }

    private List<BatchHeader> requireSound(ByteBuffer batches, long fromOffset) {
        try {
            return RecordBatches.validateStored(batches);
        } catch (InvalidBatchException e) {
            CorruptLogException found = new CorruptLogException(
                    files.directory() + ": damaged behind offset " + fromOffset + ": " + e.getMessage(), e);
            if (replicas().size() > 1) {
                fence(found);
            }
            throw found;
        }
    }

    private long edition() {
        return firstEdition + log().rewrites();
    }

    /** Whether this replica cannot go on without a copy of what is offered, or is better off with one. */
    boolean lacks(RecordsOffer offer, long firstIndexInLeadersLog) {
        boolean isNew = log().endOffset() == 0 && offer.endOffset() > highWatermark;
        TermIndex own = latestSnapshot();
        long reached = own == null ? RaftLog.INVALID_LOG_INDEX : own.getIndex();
        boolean isPurged = reached + 1 < firstIndexInLeadersLog
                && offer.state().position().getIndex() >= firstIndexInLeadersLog - 1;
        return isNew || isPurged;
    }

    /** Whether an entry is in its Raft log, on the disk. */
    boolean hasStored(TermIndex entry) {
        RaftServer.Division current = divisionOrNull();
        return current != null
                && entry.equals(current.getRaftLog().getTermIndex(entry.getIndex()))
                && current.getRaftLog().getFlushIndex() >= entry.getIndex();
    }

    /**
     * Copies what it lacks beside its log; see {@link PartitionCopy}. It counts as this replica's from the first byte on.
     *
     * @param isCancelled asked often
     */
    PartitionCopy copy(PartitionCopy.Source source, RecordsOffer offer, BooleanSupplier isCancelled)
            throws IOException {
        PartitionCopy.Source counted = request -> {
            StoredRecords records = source.read(request);
            copiedBytes.addAndGet(records.batches().remaining());
            return records;
        };
        try {
            return copyCounted(counted, offer, isCancelled);
        } catch (IOException | RuntimeException e) {
            copiedBytes.set(0);
            throw e;
        }
    }

    private PartitionCopy copyCounted(PartitionCopy.Source source, RecordsOffer offer, BooleanSupplier isCancelled)
            throws IOException {
        long committedEnd = highWatermark;
        boolean isRest =
                committedEnd > 0 && committedEnd >= Math.max(offer.firstStoredOffset(), offer.rewrittenEndOffset());
        if (isRest) {
            try {
                return PartitionCopy.ofRest(
                        files, log(), committedEnd, source, offer, resources.reserve(), isCancelled);
            } catch (CorruptLogException e) {
                LOG.atWarn()
                        .addKeyValue("partition", id)
                        .addKeyValue("reason", e.getMessage())
                        .log("copied as a whole");
            }
        }
        return PartitionCopy.ofAll(files, source, offer, resources.reserve(), isCancelled);
    }

    /**
     * Reads the headers of the Raft log and opens the segments. Before the group is started: it can take long, and many can do
     * it at once. When it fails the partition has to be {@link #onClosed}.
     *
     * @throws IOException when the Raft log is damaged
     * @throws io.oarlog.log.CorruptLogException when the segments are damaged, or hold less than the headers name
     */
    void openLog(Path groupDirectory) throws IOException {
        openSnapshots(groupDirectory);
        RaftLogScan found = RaftLogScan.read(groupDirectory, settings.maxEntryBytes());
        RequiredOffsets required = found.required(restored, files.fencedAt());
        SegmentedLog opened = files.openLog(required);
        log = opened;
        headers = found;
        if (opened.recovery().bytesScanned() > 0) {
            found.lastBelow(required.endOffset()).ifPresent(this::requireBatches);
        }
    }

    /** Terms only rise: where bytes of a former leader lie under the headers of a later one, the last entry is one of these. */
    private void requireBatches(RaftLogScan.Found last) {
        if (last.header().baseOffset() >= Math.max(log().startOffset(), log().rewrittenEndOffset())) {
            var unused = readEntry(last.header(), last.term());
        }
    }

    /** Term of the last entry that {@link #openLog} found in the Raft log. */
    long lastLoggedTerm() {
        long lastTerm = Objects.requireNonNull(headers, "not open, or started").lastTerm();
        return Math.max(lastTerm, restored.position().getTerm());
    }

    /** What {@link #openLog} found in the Raft log, once: it is large. */
    RaftLogScan takeHeaders() {
        RaftLogScan found = Objects.requireNonNull(headers, "not open yet");
        headers = null;
        return found;
    }

    SegmentedLog log() {
        SegmentedLog current = log;
        if (current == null) {
            throw new IllegalStateException("partition " + id + " is not open yet");
        }
        return current;
    }

    void onOpened(RaftServer raftServer, RaftGroupId raftGroupId) {
        PartitionSnapshot snapshot = restored.snapshot();
        compaction.onBound(new CompactionBound(snapshot.compactionBound()));
        log().advanceStartOffset(Math.min(snapshot.logStartOffset(), log().endOffset()));
        highWatermark = Math.max(log().startOffset(), snapshot.endOffset());
        restored = AppliedState.UpTo.NOTHING; // it is large
        server = raftServer;
        groupId = raftGroupId;
    }

    /**
     * Reads the bytes of one entry, committed or not, from the segment.
     *
     * @throws CorruptLogException when they are not what was written: a follower would take them as they are
     * @throws IllegalStateException when they may have been compacted instead. All replicas had the entry when they agreed on
     *     that: one that asks for it has lost it since, and to give it what is left would not make it whole
     */
    ByteBuffer readEntry(EntryHeader header, long term) {
        try {
            return readUnchangedEntry(header, term);
        } catch (CorruptLogException e) {
            if (header.baseOffset() < log().rewrittenEndOffset()) {
                throw new IllegalStateException(
                        "partition " + id + ": entry at offset " + header.baseOffset()
                                + " was compacted; a replica that lost it needs a copy of the segments",
                        e);
            }
            throw e;
        }
    }

    private ByteBuffer readUnchangedEntry(EntryHeader header, long term) {
        ByteBuffer data = log().readStored(header.baseOffset(), header.dataBytes(), header.endOffset());
        if (data.remaining() != header.dataBytes()) {
            throw new CorruptLogException("partition " + id + ": entry at offset " + header.baseOffset() + " has "
                    + data.remaining() + " bytes in the segment, its header says " + header.dataBytes());
        }
        try {
            header.requireStored(RecordBatches.validate(data, Integer.MAX_VALUE), epochOfTerm(term));
        } catch (InvalidBatchException | IllegalStateException e) {
            throw new CorruptLogException("partition " + id + ": entry at offset " + header.baseOffset()
                    + " is damaged in the segment: " + e.getMessage());
        }
        return data;
    }

    /**
     * What this replica has of an entry, for one that has it damaged.
     *
     * @throws CorruptLogException when it is damaged here as well
     */
    StoredEntry storedEntry(StoredEntryRequest wanted) {
        LogEntryProto entry;
        try {
            entry = division().getRaftLog().get(wanted.index());
        } catch (RaftLogIOException e) {
            throw new LogException("partition " + id + ": Raft entry " + wanted.index() + " cannot be read", e);
        }
        if (entry == null && wanted.index() <= stateMachine.applied().position().getIndex()) {
            return StoredEntry.without(StoredEntry.State.PURGED);
        }
        if (entry == null || entry.getTerm() != wanted.term() || !RaftLogScan.isData(entry)) {
            return StoredEntry.without(StoredEntry.State.NOT_IN_LOG);
        }
        EntryHeader header = RaftLogScan.header(entry);
        if (header.endOffset() <= logStartOffset()) {
            return StoredEntry.without(StoredEntry.State.BELOW_START);
        }
        try {
            return StoredEntry.found(readUnchangedEntry(header, wanted.term()));
        } catch (CorruptLogException e) {
            if (header.baseOffset() < log().rewrittenEndOffset()) {
                // Compacted: what is left of it is had by a copy alone.
                return StoredEntry.without(StoredEntry.State.PURGED);
            }
            throw e;
        }
    }

    /** Whether the Raft log still holds that entry: what an earlier leader left can be replaced at any time. */
    boolean isInRaftLog(long index, long term) {
        RaftServer.Division current = divisionOrNull();
        TermIndex found = current == null ? null : current.getRaftLog().getTermIndex(index);
        return found != null && found.getTerm() == term;
    }

    boolean isFenced() {
        return fencedReason != null;
    }

    /** Whether records are being written or forced. */
    boolean isAtDisk() {
        return stateMachine.isFlushing();
    }

    /**
     * Whether it is time for another leader. Ratis does not let a follower stand for election while an append of the last
     * leader is under way.
     */
    boolean isLeaderSilent() {
        RaftServer.Division current = divisionOrNull();
        if (current == null) {
            return false;
        }
        RoleInfoProto role = current.getInfo().getRoleInfoProto();
        long silentMillis = role.getFollowerInfo().getLeaderInfo().getLastRpcElapsedTimeMs();
        return role.hasCandidateInfo()
                || silentMillis > settings.electionTimeoutMax().toMillis();
    }

    int leaderEpochOfCurrentTerm() {
        return epochOfTerm(division().getInfo().getCurrentTerm());
    }

    void advanceHighWatermark(long newHighWatermark) {
        if (newHighWatermark <= highWatermark) {
            return; // entries below the log's start, applied again after a restart
        }
        highWatermark = newHighWatermark;
        waiters.onHighWatermark(newHighWatermark);
        listener.onHighWatermark(id, newHighWatermark);
    }

    void onLeaderChange() {
        PartitionLeader leader = leader();
        if (!leader.isLocal()) {
            waiters.failAll("leadership was lost");
            appender.failWaiting(notLeader(leader));
        }
        if (leader.nodeId().isPresent()) {
            leaderNews.onKnown();
        }
        listener.onLeaderChange(id, leader);
    }

    /** Stops appends here for good: a failed write or fsync cannot be repaired by trying again on the same pages. */
    void fence(Throwable cause) {
        if (closed || fencedReason != null) {
            return;
        }
        fencedReason = String.valueOf(cause.getMessage());
        try {
            files.markFenced(stateMachine.flushedEndOffset());
        } catch (IOException | RuntimeException e) {
            // Then the next start may find data missing and refuse the partition: right for a disk that takes no file.
            cause.addSuppressed(e);
        }
        LOG.atError()
                .addKeyValue("partition", id)
                .setCause(cause)
                .log("partition is fenced on this node after a fault of its disk; the other replicas go on");
        appender.failWaiting(new AppendOutcome.Fenced(String.valueOf(cause.getMessage())));
        waiters.failAll("the partition was fenced");
        if (isDamage(cause)) {
            resources.onDamage().accept(id);
        }
        RaftServer.Division current = divisionOrNull();
        if (current != null) {
            // Not on this thread: it is the group's log thread, which closing waits for.
            Thread closer = new Thread(current::close, "close-" + id);
            closer.setDaemon(true);
            closer.start();
        }
    }

    /**
     * Closes the division; waits for it, and for the disk.
     *
     * @return whether the partition can be opened anew: not when it is still being closed, or is fenced, before or by this
     */
    boolean leave(Duration limit) {
        RaftServer.Division current = divisionOrNull();
        if (current == null || isFenced()) {
            return !isFenced();
        }
        current.close();
        try {
            awaitLeft(limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return current.getInfo().getLifeCycleState() == LifeCycle.State.CLOSED && !isFenced();
    }

    /** Waits for the division to be closed, by whomever: until then Ratis may write to its log. */
    void awaitLeft(Duration limit) throws InterruptedException {
        RaftServer.Division current = divisionOrNull();
        long deadline = System.nanoTime() + limit.toNanos();
        while (current != null && current.getInfo().getLifeCycleState() != LifeCycle.State.CLOSED) {
            if (System.nanoTime() > deadline) {
                LOG.atWarn().addKeyValue("partition", id).log("the partition is still being closed");
                return;
            }
            // Ratis tells nobody when it is done.
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** What the disk took well once is not as it was; the disk itself may be fine. */
    private static boolean isDamage(@Nullable Throwable cause) {
        return cause instanceof CorruptLogException || (cause != null && isDamage(cause.getCause()));
    }

    void onClosed() {
        closed = true;
        leaderNews.end();
        waiters.failAll("the node is stopping");
        appender.failWaiting(new AppendOutcome.NotLeader(OptionalInt.empty(), 0));
        try {
            worthASnapshot().ifPresent(last -> snapshots.onEnd(last.position(), last.snapshot()));
        } catch (RuntimeException e) {
            LOG.atWarn().addKeyValue("partition", id).setCause(e).log("closed without a last snapshot");
        } finally {
            closeFiles();
        }
    }

    private void closeFiles() {
        snapshots.close();
        SegmentedLog current = log;
        if (current != null) {
            current.close();
        }
    }

    private RaftServer.Division division() {
        RaftServer.Division current = divisionOrNull();
        if (current == null) {
            throw new IllegalStateException("partition " + id + " has not started yet");
        }
        return current;
    }

    private RaftServer.@Nullable Division divisionOrNull() {
        RaftServer.Division current = division;
        RaftServer raftServer = server;
        RaftGroupId raftGroupId = groupId;
        if (current == null && raftServer != null && raftGroupId != null) {
            current = RaftDivisions.find(raftServer, raftGroupId);
            division = current;
        }
        return current;
    }

    private static int epochOfTerm(long term) {
        return Math.toIntExact(term);
    }
}
