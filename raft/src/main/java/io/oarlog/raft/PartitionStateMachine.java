package io.oarlog.raft;

import static java.util.Objects.requireNonNull;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.CorruptLogException;
import io.oarlog.log.DiskFullException;
import io.oarlog.log.ProducerBatch;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ratis's view of one partition: the segment log is the state machine, the Raft log holds {@link EntryHeader}s only.
 *
 * <p>Threads, all Ratis's: {@link #preAppendTransaction}, {@link #write} and {@link #truncate} run under the Raft log's
 * lock in index order and touch memory only; {@link #flush} runs on the group's log thread, the single writer of the
 * segment; {@link #applyTransaction} runs on the group's apply thread.
 *
 * <p>Write path of one entry: place (offsets, epoch) → tail → flush: segment write and fsync → Raft's own header write and
 * fsync → majority → apply: high watermark. Data is durable before its header, always (DESIGN section 3).
 */
final class PartitionStateMachine extends BaseStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionStateMachine.class);
    /**
     * Stands for the bytes of an entry that lies below the log's start, on the way to a follower that was away for long. No
     * batch is so short. The entry that moved the start is committed, so whoever leads next has it.
     */
    private static final ByteString GONE = ByteString.copyFrom(new byte[] {0});

    /** For flushes that are under way; also on a disk that is very slow. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);

    private static final Duration FENCE_LOOK = Duration.ofMillis(100);

    private final RaftPartition partition;
    private final PartitionTail tail;
    private final AppliedState applied;
    private final NodeResources resources;
    // Held over each flush and the close: no file is closed under a flush. Notified after each flush.
    private final Object flushLock = new Object();
    // Both end the wait of a flush for disk space; set without the flush lock, which that flush holds.
    private volatile boolean isClosing;
    /** A leader is ready only once a majority has stored what it took from the one before. */
    private volatile boolean isLeaderNew;
    /** End of what is durable in the segments, exclusive. */
    private volatile long flushedEndOffset;
    /** The log thread is in the midst of a flush. */
    private volatile boolean isFlushing;
    /** Set once by Ratis's start thread. */
    private volatile @Nullable Path groupDirectory;

    PartitionStateMachine(RaftPartition partition, PartitionTail tail, NodeResources resources) {
        this.partition = partition;
        this.tail = tail;
        this.applied = new AppliedState(tail);
        this.resources = resources;
    }

    AppliedState applied() {
        return applied;
    }

    /** Brings the segment log and the headers of the Raft log to agree, before Ratis opens the latter. */
    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage) throws IOException {
        super.initialize(server, groupId, storage);
        groupDirectory = storage.getStorageDir().getRoot().toPath();
        SegmentedLog log = partition.log();
        RaftLogScan headers = partition.takeHeaders();
        AppliedState.UpTo restored = partition.restored();
        if (headers.isWithoutFiles()
                && log.endOffset() > 0
                && restored.position().equals(TermIndex.INITIAL_VALUE)) {
            throw new CorruptLogException("partition " + partition.id() + " has records up to offset " + log.endOffset()
                    + " but its Raft log is gone");
        }
        // What the last process wrote or cut and did not force counts as durable from here on.
        partition.files().syncRaftLog(groupDirectory());
        // All that has to be in the segments is: they would not have been opened else.
        // After a fence bytes of a former leader may lie where later headers say.
        OptionalLong fencedAt = partition.files().fencedAt();
        List<RaftLogScan.Found> entries = headers.cutBehind(
                fencedAt.isPresent() ? headers.requiredEndOffset(restored.snapshot(), fencedAt) : log.endOffset());
        applied.restore(restored);
        for (RaftLogScan.Found entry : entries) {
            if (entry.index() > restored.position().getIndex()) {
                tail.recover(entry.index(), entry.header());
            }
        }
        if (log.endOffset() > tail.endOffset()) {
            LOG.atInfo()
                    .addKeyValue("partition", partition.id())
                    .addKeyValue("from", tail.endOffset())
                    .addKeyValue("to", log.endOffset())
                    .log("cut records that no Raft entry names");
            // A log that was started anew may be ahead of its headers: then nothing is left of it but the start.
            log.truncateTo(Math.max(tail.endOffset(), log.startOffset()));
            log.flush();
        }
        flushedEndOffset = log.endOffset();
        partition.files().clearFenceMark();
        setLastAppliedTermIndex(restored.position());
        partition.onOpened(server, groupId);
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        TermIndex latest = partition.latestSnapshot();
        // Ratis sends no files of it.
        return latest == null ? null : new FileListSnapshotInfo(List.of(), latest);
    }

    /** The leader has purged entries that this replica needs, or begins with it as a new member. */
    @Override
    public CompletableFuture<@Nullable TermIndex> notifyInstallSnapshotFromLeader(
            RoleInfoProto role, TermIndex firstInLeadersLog) {
        RaftPeerId leader = RaftPeerId.valueOf(
                role.getFollowerInfo().getLeaderInfo().getId().getId());
        return resources.behind().begin(partition.id(), leader, firstInLeadersLog.getIndex());
    }

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) {
        if (request.getMessage() instanceof ControlMessage message) {
            return TransactionContext.newBuilder()
                    .setStateMachine(this)
                    .setClientRequest(request)
                    .setLogData(message.getContent())
                    .build();
        }
        JoinedEntry entry = ((EntryMessage) request.getMessage()).entry();
        return TransactionContext.newBuilder()
                .setStateMachine(this)
                .setClientRequest(request)
                .setLogData(UnsafeByteOperations.unsafeWrap(entry.header()))
                .setStateMachineData(UnsafeByteOperations.unsafeWrap(entry.data()))
                .setStateMachineContext(entry)
                .build();
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) throws IOException {
        if (!(transaction.getStateMachineContext() instanceof JoinedEntry entry)) {
            return transaction; // a ControlEntry, which takes no offsets
        }
        long endOffset = tail.endOffset();
        int leaderEpoch = partition.leaderEpochOfCurrentTerm();
        if (!entry.isAdmittedAt(endOffset, tail.generation()) || !entry.isFor(leaderEpoch)) {
            // Leadership was lost and won again in between: what was checked has to be checked anew.
            throw new StateMachineException(
                    "the log's end moved to " + endOffset, new StaleAdmissionException(), false);
        }
        entry.placeAt(endOffset, leaderEpoch);
        return transaction;
    }

    @Override
    public CompletableFuture<?> write(LogEntryProto entry, TransactionContext context) {
        ByteString data = entry.getStateMachineLogEntry().getStateMachineEntry().getStateMachineData();
        return tail.append(entry.getIndex(), RaftLogScan.header(entry), data);
    }

    @Override
    public CompletableFuture<ByteString> read(LogEntryProto entry, TransactionContext context) {
        Optional<ByteString> cached = tail.cached(entry.getIndex());
        if (cached.isPresent()) {
            return CompletableFuture.completedFuture(cached.get());
        }
        return CompletableFuture.supplyAsync(() -> readFromSegment(entry), resources.readPool());
    }

    /** Answers a replica that repairs itself, or copies what it does not have; see {@link PeerEntries} and {@link PeerRecords}. */
    @Override
    public CompletableFuture<Message> queryStale(Message request, long minIndex) {
        return CompletableFuture.supplyAsync(
                () -> Message.valueOf(UnsafeByteOperations.unsafeWrap(
                        answer(request.getContent().asReadOnlyByteBuffer()))),
                resources.readPool());
    }

    private ByteBuffer answer(ByteBuffer request) {
        if (RecordsRequest.isRequest(request)) {
            RecordsRequest wanted = RecordsRequest.decode(request);
            return wanted.isForOffer()
                    ? partition.offer().encode()
                    : partition.stored(wanted).encode();
        }
        return partition.storedEntry(StoredEntryRequest.decode(request)).encode();
    }

    /** The entry's bytes, or {@link #GONE} when they lie below the log's start. */
    private ByteString readFromSegment(LogEntryProto entry) {
        EntryHeader header = RaftLogScan.header(entry);
        SegmentedLog log = partition.log();
        try {
            return header.endOffset() <= log.startOffset()
                    ? GONE
                    : UnsafeByteOperations.unsafeWrap(partition.readEntry(header, entry.getTerm()));
        } catch (CorruptLogException e) {
            // A deposed leader's appender may still ask for what the next leader has replaced: nothing is damaged.
            throw new EntryReadException(
                    partition.isInRaftLog(entry.getIndex(), entry.getTerm())
                            ? e
                            : new IllegalStateException("the entry is no longer in the Raft log", e));
        } catch (RuntimeException e) {
            throw new EntryReadException(e);
        }
    }

    /**
     * Writes what Raft's log thread has come to, and makes it durable. After a failure it returns when the division is closed:
     * Ratis closes its log on this thread then, and two threads that do so at once write the log's buffer twice.
     */
    @Override
    public CompletableFuture<Void> flush(long index) {
        CompletableFuture<Void> flushed;
        synchronized (flushLock) {
            try {
                isFlushing = true;
                flushed = flushReached();
            } finally {
                isFlushing = false;
                flushLock.notifyAll();
            }
        }
        if (flushed.isCompletedExceptionally()) {
            awaitFenced();
        }
        return flushed;
    }

    private void awaitFenced() {
        try {
            partition.awaitLeft(CLOSE_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private CompletableFuture<Void> flushReached() {
        if (partition.isFenced()) {
            return CompletableFuture.failedFuture(new IllegalStateException(partition.id() + " is fenced"));
        }
        PartitionTail.Drained work = tail.drain();
        if (work.entries().isEmpty() && work.truncateTo() == PartitionTail.NO_TRUNCATION) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            SegmentedLog log = partition.log();
            if (work.truncateTo() < log.endOffset()) {
                // Ratis does not: after a power cut the headers would be back, and name data that is gone.
                flushedEndOffset = Math.min(flushedEndOffset, work.truncateTo());
                partition.files().syncRaftLog(groupDirectory());
                log.truncateTo(work.truncateTo());
            }
            append(log, work.entries());
            log.flush();
            flushedEndOffset = log.endOffset();
            if (partition.isFenced()) {
                // Meanwhile, by a reader: the mark may say less than this, so no header may be written.
                return CompletableFuture.failedFuture(new IllegalStateException(partition.id() + " is fenced"));
            }
            isLeaderNew = false;
        } catch (IOException | RuntimeException | Error e) {
            // An error as well: it would end Ratis's log thread without a word, and the entries were taken off the
            // tail.
            partition.fence(e);
            return CompletableFuture.failedFuture(e);
        }
        resources.tailCache().keep(tail, work.entries());
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Entries below the log's start are passed over: their peers do not have the bytes any more, or this replica went on
     * above them once and was stopped before the headers were written.
     */
    private void append(SegmentedLog log, List<PartitionTail.Entry> entries) {
        long goneTo = log.startOffset();
        for (PartitionTail.Entry entry : entries) {
            long end = entry.header().endOffset();
            if (entry.data().equals(GONE)) {
                goneTo = Math.max(goneTo, end);
            } else if (end > goneTo) {
                startAbove(log, goneTo);
                append(log, entry);
            }
        }
        startAbove(log, goneTo);
    }

    private static void startAbove(SegmentedLog log, long goneTo) {
        if (goneTo > log.endOffset()) {
            log.startAnewAt(goneTo);
        }
    }

    private void append(SegmentedLog log, PartitionTail.Entry entry) {
        ByteBuffer data = entry.data().asReadOnlyByteBuffer();
        List<BatchHeader> headers = new ArrayList<>(entry.header().batches().size());
        int position = data.position();
        for (EntryHeader.Batch expected : entry.header().batches()) {
            headers.add(BatchHeader.read(data, position));
            position += expected.sizeInBytes();
        }
        entry.header().requireMatch(headers);
        while (!tryAppend(log, data, headers)) {
            resources.reserve().await();
        }
    }

    /**
     * Appends when there is disk space, or no time to wait for it. A full disk is no reason to fence: nothing of the append is
     * left then, and nobody was told of it.
     */
    private boolean tryAppend(SegmentedLog log, ByteBuffer data, List<BatchHeader> headers) {
        DiskReserve reserve = resources.reserve();
        long bytes = data.remaining();
        boolean hasRoom = reserve.beginWrite(bytes, false) || (isUrgent() && reserve.beginWrite(bytes, true));
        if (!hasRoom) {
            return false;
        }
        try {
            log.append(List.of(data), headers);
            return true;
        } catch (DiskFullException e) {
            if (isClosing) {
                throw e;
            }
            reserve.onDiskFull();
            return false;
        } finally {
            reserve.endWrite(bytes);
        }
    }

    /** Whether others wait for this flush: a close, or the group, which may have no leader before this replica is done. */
    private boolean isUrgent() {
        return isClosing || isLeaderNew || partition.isLeaderSilent();
    }

    /** End of what is durable in the segments, exclusive. */
    long flushedEndOffset() {
        return flushedEndOffset;
    }

    boolean isFlushing() {
        return isFlushing;
    }

    /** End offset of the entries taken from Raft, on disk or not. */
    long tailEndOffset() {
        return tail.endOffset();
    }

    /** As {@link PartitionTail#producers}. */
    List<ProducerBatch> producers() {
        return tail.producers();
    }

    /** Removes the entry at {@code index} and all after it: inclusive, as Ratis calls it, whatever its documentation says. */
    @Override
    public CompletableFuture<Void> truncate(long index) {
        LOG.atInfo()
                .addKeyValue("partition", partition.id())
                .addKeyValue("index", index)
                .log("truncating uncommitted entries of a former leader");
        return tail.truncate(index);
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        TermIndex position = TermIndex.valueOf(entry);
        if (RaftLogScan.isData(entry)) {
            EntryHeader header = applied.applyData(position);
            updateLastAppliedTermIndex(position);
            partition.advanceHighWatermark(header.endOffset());
        } else {
            // Before the position: who asks meanwhile is told of the one with the other.
            partition.onControl(ControlEntry.decode(RaftLogScan.logData(entry)));
            applied.applyControl(position);
            updateLastAppliedTermIndex(position);
        }
        partition.onApplied(position, entry.getSerializedSize());
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId newLeader) {
        isLeaderNew = true;
        resources.reserve().wakeUp();
        partition.onLeaderChange();
    }

    @Override
    public void notifyLeaderReady() {
        partition.onLeaderChange();
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        partition.onLeaderChange();
    }

    @Override
    public void notifyLogFailed(Throwable cause, LogEntryProto failedEntry) {
        Throwable found = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
        if (found instanceof EntryReadException && !(found.getCause() instanceof CorruptLogException)) {
            LOG.atWarn()
                    .addKeyValue("partition", partition.id())
                    .setCause(found)
                    .log("an entry could not be read for a follower");
            return;
        }
        partition.fence(found);
    }

    @Override
    public void close() {
        isClosing = true;
        resources.reserve().wakeUp();
        synchronized (flushLock) {
            tail.refuseAppends();
            awaitFlushes();
            tail.close();
            resources.tailCache().drop(tail);
        }
        // Not under the lock: it answers what waits. A flush finds nothing to do from here on.
        partition.onClosed();
    }

    /** Ratis closes its log next, and writes the headers that it still holds: their data has to be there before. */
    private void awaitFlushes() {
        long deadline = System.nanoTime() + CLOSE_LIMIT.toNanos();
        boolean isInterrupted = false;
        while (tail.hasUnflushed() && !partition.isFenced()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                partition.fence(new IllegalStateException(
                        partition.id() + ": the Raft log did not flush its last entries in " + CLOSE_LIMIT));
                break;
            }
            try {
                // Nobody notifies of a Raft log that failed before it flushed.
                TimeUnit.NANOSECONDS.timedWait(flushLock, Math.min(left, FENCE_LOOK.toNanos()));
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where Ratis keeps the group; once it is initialized. */
    Path groupDirectory() {
        return requireNonNull(groupDirectory, "not initialized");
    }

    /** The segment did not give an entry's bytes; the cause says why. */
    private static final class EntryReadException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        EntryReadException(RuntimeException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** The sequences of a joined entry were checked against a tail that is no longer there; nothing was appended. */
    static final class StaleAdmissionException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleAdmissionException() {
            super("the tail changed after the entry's sequences were checked");
        }
    }

    /** Carries an agreement on an offset through Ratis's request. */
    record ControlMessage(ControlEntry entry) implements Message {
        @Override
        public ByteString getContent() {
            return UnsafeByteOperations.unsafeWrap(entry.encode());
        }
    }

    /** Carries a joined entry through Ratis's request without encoding it. */
    record EntryMessage(JoinedEntry entry) implements Message {
        @Override
        public ByteString getContent() {
            return UnsafeByteOperations.unsafeWrap(entry.data());
        }
    }
}
