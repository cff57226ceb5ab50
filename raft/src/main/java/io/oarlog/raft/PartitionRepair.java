package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.Disk;
import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import io.oarlog.log.LogRepair;
import io.oarlog.log.LogSettings;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.RequiredOffsets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the segments of a partition, which nobody has open, what the headers of its Raft log say: looks at every batch, and
 * writes segments with damage anew, with the entries that are sound here and the others from peers. The bytes are those that
 * every replica has. Segment by segment: what is repaired stays so when a later one cannot be. Confined to its caller.
 *
 * <p>The headers say what this replica has acknowledged, so they have to be sound themselves. An entry that is damaged here and
 * that all other members deny to have was never committed, and goes with all behind it.
 *
 * <p>The headers say nothing of what was compacted: that is left as it is, and damage in it cannot be repaired so. Entries in its
 * place would bring back records whose tombstones are gone, and a peer has other bytes there.
 */
final class PartitionRepair {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionRepair.class);

    /** Gives entries that are damaged here; see {@link PeerEntries#fetch}. */
    interface Source {
        StoredEntry fetch(RaftLogScan.Found entry, Collection<RaftPeerId> members) throws IOException;
    }

    /** What was done. Immutable. */
    record Report(int segments, long fetchedEntries, long fetchedBytes) {}

    /** Damage of which the headers do not tell, or not enough: all that the replica has applied has to be copied. */
    static final class BeyondHeadersException extends IOException {
        private static final long serialVersionUID = 1L;

        BeyondHeadersException(String message) {
            super(message);
        }
    }

    /** Offsets of a segment, and of what is missing behind it. */
    private record Stretch(long fromOffset, long toOffset, boolean isLast) {}

    private final Disk disk;
    private final PartitionFiles files;
    private final LogSettings settings;
    private final List<RaftLogScan.Found> entries;
    private final List<RaftPeerId> members;
    /** What has to be there. */
    private final RequiredOffsets required;

    private final long compactionBound;
    /** Offsets below it are no entry's of the Raft log, exclusive. */
    private final long namedFrom;

    private final DiskReserve reserve;
    private final Source source;
    private final BooleanSupplier isCancelled;
    private int segments;
    private long fetchedEntries;
    private long fetchedBytes;

    private PartitionRepair(
            PartitionFiles files,
            RaftLogScan headers,
            AppliedState.UpTo newest,
            DiskReserve reserve,
            Source source,
            BooleanSupplier isCancelled)
            throws IOException {
        PartitionSnapshot snapshot = newest.snapshot();
        this.disk = files.disk();
        this.files = files;
        this.settings = files.ownSettings();
        this.required = headers.required(newest, files.fencedAt());
        this.compactionBound = Math.max(snapshot.compactionBound(), headers.compactionBound());
        this.members = headers.members().isEmpty()
                ? snapshot.members().stream().map(PeerIds::of).toList()
                : headers.members();
        this.entries = headers.entries().stream()
                .filter(entry -> entry.header().endOffset() <= required.endOffset())
                .toList();
        this.namedFrom = entries.isEmpty()
                ? required.endOffset()
                : entries.get(0).header().baseOffset();
        this.reserve = reserve;
        this.source = source;
        this.isCancelled = isCancelled;
    }

    /**
     * Repairs what is damaged; afterwards the log can be opened.
     *
     * @param reserve of the disk, which is left to the partitions that run
     * @param isCancelled asked before each batch and each entry
     * @throws BeyondHeadersException when there is damage of which the Raft log does not tell any more
     * @throws IOException when an entry that is damaged here cannot be had, or a file not be read
     * @throws CancellationException when it is cancelled; can be begun anew
     */
    static Report run(
            PartitionFiles files,
            Path groupDirectory,
            int maxEntryBytes,
            DiskReserve reserve,
            Source source,
            BooleanSupplier isCancelled)
            throws IOException {
        while (true) {
            RaftLogScan headers = RaftLogScan.read(groupDirectory, maxEntryBytes);
            AppliedState.UpTo newest = PartitionSnapshot.newest(files.disk(), groupDirectory);
            requireReach(newest, groupDirectory);
            PartitionRepair repair = new PartitionRepair(files, headers, newest, reserve, source, isCancelled);
            Optional<RaftLogScan.Found> uncommitted = repair.run();
            if (uncommitted.isEmpty()) {
                return new Report(repair.segments, repair.fetchedEntries, repair.fetchedBytes);
            }
            LOG.atWarn()
                    .addKeyValue("directory", files.directory())
                    .addKeyValue("index", uncommitted.get().index())
                    .log(
                            "cut a damaged Raft entry, and all behind it, that no other member has: it was never committed");
            RaftLogScan.cutFrom(uncommitted.get());
        }
    }

    /** The snapshot that stood for the entries before the first one may be the damage. */
    private static void requireReach(AppliedState.UpTo newest, Path groupDirectory) throws IOException {
        List<RaftLogFile> raftLog = RaftLogFile.list(groupDirectory);
        if (!raftLog.isEmpty()
                && raftLog.get(0).startIndex() > newest.position().getIndex() + 1) {
            throw new BeyondHeadersException("no snapshot leads to Raft entry "
                    + raftLog.get(0).startIndex() + ", with which the Raft log begins");
        }
    }

    /** @return an entry that is damaged here and that no other member of the group has, if one was met */
    private Optional<RaftLogScan.Found> run() throws IOException {
        disk.createDirectories(files.directory());
        LogInspection log = LogInspection.of(disk, files.directory(), settings.indexIntervalBytes());
        // A log that lost its checkpoint knows less than the Raft log.
        long rewrittenEndOffset = Math.min(log.rewrittenEndOffset(), compactionBound);
        for (Stretch stretch : stretches(log)) {
            if (stretch.fromOffset() < rewrittenEndOffset || stretch.toOffset() <= namedFrom) {
                requireNothingBehind(log, stretch, requireSound(log, stretch.fromOffset(), stretch.toOffset()));
                continue;
            }
            List<InspectedBatch> unnamed =
                    stretch.fromOffset() < namedFrom ? requireSound(log, stretch.fromOffset(), namedFrom) : List.of();
            List<RaftLogScan.Found> named = entries.stream()
                    .filter(entry -> entry.header().baseOffset() >= stretch.fromOffset()
                            && entry.header().baseOffset() < stretch.toOffset())
                    .toList();
            StoredBatches stored = read(log, stretch);
            // With nothing else to mend the log was refused for what lies behind the headers: that goes with the last
            // stretch.
            boolean isRefusedForTheRest = stretch.isLast() && segments == 0;
            if (isRefusedForTheRest || !stored.areWhole(unnamed, named, stretch)) {
                Optional<RaftLogScan.Found> uncommitted = write(stretch, unnamed, named, stored);
                if (uncommitted.isPresent()) {
                    return uncommitted;
                }
                segments++;
            }
        }
        return Optional.empty();
    }

    /**
     * As far as the batches themselves tell, and the snapshot of their leader epochs.
     *
     * @return the batches
     */
    private List<InspectedBatch> requireSound(LogInspection log, long fromOffset, long toOffset) throws IOException {
        List<InspectedBatch> batches = new ArrayList<>();
        List<LogFinding> damage = new ArrayList<>();
        log.forEachBatch(
                fromOffset,
                toOffset,
                batch -> {
                    requireWanted();
                    return batches.add(batch);
                },
                damage::add);
        long end = fromOffset;
        for (InspectedBatch batch : batches) {
            boolean isNext = batch.isCrcSound()
                    && required.hasRightEpoch(batch.header())
                    && batch.header().baseOffset() == end;
            end = isNext ? batch.header().nextOffset() : end;
        }
        if (!damage.isEmpty() || end != toOffset) {
            throw new BeyondHeadersException("offsets " + fromOffset + " to " + (toOffset - 1)
                    + " are damaged, and no Raft entry tells of them");
        }
        return batches;
    }

    /** A commit of a copy that a crash cut short leaves segments that overlap. */
    private static void requireNothingBehind(LogInspection log, Stretch stretch, List<InspectedBatch> batches)
            throws IOException {
        long bytes = batches.stream()
                .mapToLong(batch -> batch.header().sizeInBytes())
                .sum();
        if (!stretch.isLast() && log.sizeInBytes(stretch.fromOffset()) != bytes) {
            throw new BeyondHeadersException("the segment at offset " + stretch.fromOffset() + " has "
                    + log.sizeInBytes(stretch.fromOffset()) + " bytes, " + bytes + " up to offset "
                    + stretch.toOffset());
        }
    }

    private List<Stretch> stretches(LogInspection log) throws IOException {
        List<Long> bounds = new ArrayList<>();
        long startOffset = log.isStartKnown() ? log.startOffset() : Math.min(log.startOffset(), required.startOffset());
        if (log.segments().isEmpty() || log.segments().get(0) > startOffset) {
            if (startOffset < namedFrom) {
                throw new BeyondHeadersException("the segments from offset " + startOffset
                        + " on are missing, and the Raft log begins at offset " + namedFrom);
            }
            bounds.add(firstNeeded(startOffset));
        }
        bounds.addAll(log.segments());
        bounds.removeIf(bound -> bound >= required.endOffset());
        List<Stretch> stretches = new ArrayList<>();
        for (int i = 0; i < bounds.size(); i++) {
            boolean isLast = i == bounds.size() - 1;
            stretches.add(new Stretch(bounds.get(i), isLast ? required.endOffset() : bounds.get(i + 1), isLast));
        }
        return stretches;
    }

    /** The log may start inside an entry. */
    private long firstNeeded(long startOffset) {
        return entries.stream()
                .filter(entry -> entry.header().endOffset() > startOffset)
                .mapToLong(entry -> entry.header().baseOffset())
                .findFirst()
                .orElse(startOffset);
    }

    private Optional<RaftLogScan.Found> write(
            Stretch stretch, List<InspectedBatch> unnamed, List<RaftLogScan.Found> named, StoredBatches stored)
            throws IOException {
        if (named.isEmpty()) {
            throw new BeyondHeadersException("offsets " + stretch.fromOffset() + " to " + (stretch.toOffset() - 1)
                    + " are damaged, and the Raft log does not tell of them");
        }
        LogRepair repair = null;
        try {
            for (InspectedBatch batch : unnamed) {
                requireWanted();
                repair = repair == null
                        ? LogRepair.begin(disk, files.directory(), settings, stretch.fromOffset())
                        : repair;
                append(repair, stored.log().read(batch));
            }
            for (RaftLogScan.Found entry : named) {
                requireWanted();
                Optional<ByteBuffer> here = stored.bytes(entry);
                StoredEntry found = here.isPresent() ? StoredEntry.found(here.get()) : fetch(entry);
                if (found.state() == StoredEntry.State.NOT_IN_LOG) {
                    return Optional.of(entry);
                } else if (found.state() == StoredEntry.State.FOUND) {
                    repair = repair == null ? begin(stretch, entry) : repair;
                    append(repair, found.data());
                } else if (repair != null) {
                    // All replicas may forget what lies below, also what is sound here.
                    repair.close();
                    repair = null;
                }
            }
            if (repair == null) {
                repair = LogRepair.beginAtStart(disk, files.directory(), settings, stretch.toOffset());
            }
            commit(repair, stretch);
            return Optional.empty();
        } finally {
            if (repair != null) {
                repair.close();
            }
        }
    }

    private void requireWanted() {
        if (isCancelled.getAsBoolean()) {
            throw new CancellationException("the repair was cancelled");
        }
    }

    private void append(LogRepair repair, ByteBuffer data) throws IOException {
        List<BatchHeader> headers = RecordBatches.validateStored(data);
        reserve.write(data.remaining(), () -> repair.append(data, headers));
    }

    private StoredBatches read(LogInspection log, Stretch stretch) throws IOException {
        Map<Long, InspectedBatch> batches = new HashMap<>();
        log.forEachBatch(
                stretch.fromOffset(),
                stretch.toOffset(),
                batch -> {
                    requireWanted();
                    if (batch.isCrcSound()) {
                        batches.put(batch.header().baseOffset(), batch);
                    }
                    return true;
                },
                damage -> {});
        return new StoredBatches(log, batches);
    }

    /** Above the stretch's start when the peers have nothing below any more: then neither does this log. */
    private LogRepair begin(Stretch stretch, RaftLogScan.Found first) {
        long from = first.header().baseOffset();
        return from == stretch.fromOffset()
                ? LogRepair.begin(disk, files.directory(), settings, from)
                : LogRepair.beginAtStart(disk, files.directory(), settings, from);
    }

    private static void commit(LogRepair repair, Stretch stretch) {
        if (stretch.isLast()) {
            repair.commitEnd();
        } else {
            repair.commit(stretch.toOffset());
        }
    }

    private StoredEntry fetch(RaftLogScan.Found entry) throws IOException {
        StoredEntry fetched = source.fetch(entry, members);
        fetchedEntries++;
        fetchedBytes += fetched.data().remaining();
        return fetched;
    }

    /** The sound batches of a stretch, by base offset. */
    private record StoredBatches(LogInspection log, Map<Long, InspectedBatch> batches) {
        /**
         * Whether the segment begins where the stretch does and holds the named entries in a row, and nothing behind.
         *
         * @param unnamed sound batches in front of them
         */
        boolean areWhole(List<InspectedBatch> unnamed, List<RaftLogScan.Found> named, Stretch stretch)
                throws IOException {
            if (!log.segments().contains(stretch.fromOffset())) {
                return false;
            }
            long position = unnamed.stream()
                    .mapToLong(batch -> batch.header().sizeInBytes())
                    .sum();
            long end = unnamed.isEmpty()
                    ? stretch.fromOffset()
                    : unnamed.get(unnamed.size() - 1).header().nextOffset();
            for (RaftLogScan.Found entry : named) {
                Optional<List<InspectedBatch>> stored = sound(entry);
                if (stored.isEmpty() || stored.get().get(0).position() != position) {
                    return false;
                }
                position += entry.header().dataBytes();
                end = entry.header().endOffset();
            }
            return end == stretch.toOffset() && (stretch.isLast() || log.sizeInBytes(stretch.fromOffset()) == position);
        }

        Optional<ByteBuffer> bytes(RaftLogScan.Found entry) throws IOException {
            Optional<List<InspectedBatch>> stored = sound(entry);
            if (stored.isEmpty()) {
                return Optional.empty();
            }
            ByteBuffer bytes = ByteBuffer.allocate(entry.header().dataBytes());
            for (InspectedBatch batch : stored.get()) {
                bytes.put(log.read(batch));
            }
            return Optional.of(bytes.flip());
        }

        /** The batches of an entry, when all of them are as its header says. */
        private Optional<List<InspectedBatch>> sound(RaftLogScan.Found entry) {
            List<InspectedBatch> found = new ArrayList<>();
            long offset = entry.header().baseOffset();
            for (EntryHeader.Batch batch : entry.header().batches()) {
                InspectedBatch stored = batches.get(offset);
                if (stored == null) {
                    return Optional.empty();
                }
                found.add(stored);
                offset += batch.lastOffsetDelta() + 1L;
            }
            List<BatchHeader> headers =
                    found.stream().map(InspectedBatch::header).toList();
            return entry.header().isStored(headers, Math.toIntExact(entry.term()))
                    ? Optional.of(found)
                    : Optional.empty();
        }
    }
}
