package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Looks at what a stopped node has of one partition: its segments, and the headers of its Raft log. Changes nothing. Confined
 * to its caller.
 */
public final class PartitionInspection {
    private final Disk disk;
    private final Path directory;
    private final Optional<PartitionId> id;
    private final Optional<Path> groupDirectory;
    private final LogInspection log;

    private PartitionInspection(
            Disk disk, Path directory, Optional<PartitionId> id, Optional<Path> groupDirectory, LogInspection log) {
        this.disk = disk;
        this.directory = directory;
        this.id = id;
        this.groupDirectory = groupDirectory;
        this.log = log;
    }

    /**
     * @param id as far as the directory's name tells
     * @param groupDirectory where the Raft log has to be; nothing when the directory lies in no node's data directory
     */
    static PartitionInspection of(Disk disk, Path directory, Optional<PartitionId> id, Optional<Path> groupDirectory)
            throws IOException {
        LogInspection log =
                LogInspection.of(disk, directory, LogSettings.defaults().indexIntervalBytes());
        return new PartitionInspection(disk, directory, id, groupDirectory, log);
    }

    /** The partition, as far as its directory's name tells. */
    public Optional<PartitionId> id() {
        return id;
    }

    /** Where its segments lie. */
    public Path directory() {
        return directory;
    }

    /** Whether its Raft log is there to be looked at. */
    public boolean hasRaftLog() throws IOException {
        return groupDirectory.isPresent()
                && !RaftLogFile.list(groupDirectory.get()).isEmpty();
    }

    /** Bytes in its segments. */
    public long sizeInBytes() throws IOException {
        return log.sizeInBytes();
    }

    /**
     * Checks the segments, the Raft log, and that they agree. Goes on behind damage.
     *
     * @throws IOException when a file cannot be read
     */
    public LogInspection.Summary verify(LogInspection.Visitor visitor) throws IOException {
        RaftLogReading raftLog = new RaftLogReading(visitor::onFinding);
        List<RaftEntry> entries = new ArrayList<>();
        List<Long> bounds = new ArrayList<>();
        boolean hasRaftLog = hasRaftLog();
        if (hasRaftLog) {
            raftLog.readPartition(groupDirectory.orElseThrow(), entry -> {
                if (entry.kind() == RaftEntry.Kind.DATA) {
                    entries.add(entry);
                } else if (entry.kind() == RaftEntry.Kind.COMPACTION_BOUND) {
                    bounds.add(entry.baseOffset());
                }
                return true;
            });
        }
        PartitionSnapshot snapshot = groupDirectory.isPresent()
                ? PartitionSnapshot.newest(disk, groupDirectory.get()).snapshot()
                : PartitionSnapshot.NONE;
        boolean isContiguous = verifyOffsets(entries, snapshot, raftLog.isDamaged(), visitor);
        PartitionFiles.fencedAt(disk, directory).ifPresent(durableEnd -> cutHeadersAbove(durableEnd, entries, visitor));
        boolean isWhole = hasRaftLog && isContiguous && !raftLog.isDamaged();
        HeaderAgreement agreement = new HeaderAgreement(
                entries,
                Math.max(namedFrom(entries, snapshot), unchangedFromOffset(bounds, snapshot, isWhole)),
                isWhole,
                visitor::onFinding);
        LogInspection.Summary summary = log.verify(
                isWhole ? OptionalLong.of(endOffset(entries, snapshot)) : OptionalLong.empty(),
                both(agreement, visitor));
        agreement.onEnd(directory, summary);
        if (!hasRaftLog && groupDirectory.isPresent() && summary.endOffset() > snapshot.endOffset()) {
            visitor.onFinding(new LogFinding(
                    LogFinding.Kind.DAMAGE,
                    groupDirectory.get(),
                    0,
                    LogFinding.NO_OFFSET,
                    "the Raft log is gone, but there are records up to offset " + summary.endOffset()
                            + "; unless the topic was being deleted"));
        }
        return summary;
    }

    /**
     * Below, batches were deleted or may have been rewritten. A log that lost its checkpoint does not know how far; then the
     * Raft log knows better.
     *
     * @param bounds below which compaction was agreed on
     */
    private long unchangedFromOffset(List<Long> bounds, PartitionSnapshot snapshot, boolean isRaftLogWhole) {
        long agreed = isRaftLogWhole ? bounds.stream().reduce(snapshot.compactionBound(), Math::max) : Long.MAX_VALUE;
        return Math.max(log.firstStoredOffset(), Math.min(log.rewrittenEndOffset(), agreed));
    }

    private static LogInspection.Visitor both(HeaderAgreement agreement, LogInspection.Visitor visitor) {
        return new LogInspection.Visitor() {
            @Override
            public void onBatch(InspectedBatch batch) {
                agreement.onBatch(batch);
                visitor.onBatch(batch);
            }

            @Override
            public void onFinding(LogFinding finding) {
                visitor.onFinding(finding);
            }
        };
    }

    private static long endOffset(List<RaftEntry> entries, PartitionSnapshot snapshot) {
        return entries.isEmpty()
                ? snapshot.endOffset()
                : Math.max(snapshot.endOffset(), entries.get(entries.size() - 1).endOffset());
    }

    /** Of batches below, a snapshot stands for the entries. */
    private static long namedFrom(List<RaftEntry> entries, PartitionSnapshot snapshot) {
        return entries.isEmpty() ? snapshot.endOffset() : entries.get(0).baseOffset();
    }

    /**
     * The entries' offsets follow each other, from 0 or from within what a snapshot stands for on: a node does not start
     * otherwise.
     */
    private static boolean verifyOffsets(
            List<RaftEntry> entries,
            PartitionSnapshot snapshot,
            boolean isRaftLogDamaged,
            LogInspection.Visitor visitor) {
        boolean isContiguous = true;
        long expected = Math.min(namedFrom(entries, snapshot), snapshot.endOffset());
        for (RaftEntry entry : entries) {
            if (entry.baseOffset() != expected && !isRaftLogDamaged) {
                isContiguous = false;
                visitor.onFinding(new LogFinding(
                        LogFinding.Kind.DAMAGE,
                        entry.file(),
                        entry.position(),
                        entry.baseOffset(),
                        "Raft entry " + entry.index() + " begins at offset " + entry.baseOffset() + ", expected "
                                + expected + " where the one before ends"));
            }
            expected = entry.endOffset();
        }
        return isContiguous;
    }

    /** After a failed write Raft may have written headers, to the file that was open, whose data is not theirs or nowhere. */
    private static void cutHeadersAbove(long durableEnd, List<RaftEntry> entries, LogInspection.Visitor visitor) {
        for (int i = 0; i < entries.size(); i++) {
            RaftEntry entry = entries.get(i);
            if (entry.endOffset() > durableEnd && entry.isInOpenFile()) {
                visitor.onFinding(new LogFinding(
                        LogFinding.Kind.TAIL,
                        entry.file(),
                        entry.position(),
                        entry.baseOffset(),
                        (entries.size() - i)
                                + " Raft entries that were written after a write had failed; the next start"
                                + " cuts them"));
                entries.subList(i, entries.size()).clear();
                return;
            }
        }
    }

    /** See {@link LogInspection#forEachBatch}. */
    public void forEachBatch(
            long fromOffset, long toOffset, Predicate<InspectedBatch> consumer, Consumer<LogFinding> findings)
            throws IOException {
        log.forEachBatch(fromOffset, toOffset, consumer, findings);
    }

    /**
     * Shows the entries of the Raft log in order.
     *
     * @param consumer of the entries; wants no more when it says false
     * @throws IOException when a file cannot be read
     */
    public void forEachEntry(Predicate<RaftEntry> consumer, Consumer<LogFinding> findings) throws IOException {
        if (hasRaftLog()) {
            new RaftLogReading(findings).readPartition(groupDirectory.orElseThrow(), consumer);
        }
    }

    /** The bytes of a batch, in a buffer of their own. */
    public ByteBuffer read(InspectedBatch batch) throws IOException {
        return log.read(batch);
    }
}
