package io.oarlog.raft;

import io.oarlog.log.RequiredOffsets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAccumulator;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The headers that a Raft log holds on disk, read before Ratis opens it, so that header and data can be brought to agree.
 * Confined to the thread that starts the group.
 */
final class RaftLogScan {
    private static final Logger LOG = LoggerFactory.getLogger(RaftLogScan.class);

    /**
     * One entry with record bytes.
     *
     * @param file log file that holds the entry
     * @param position of the entry in the file
     * @param inOpenSegment whether Raft was still writing to that file
     */
    record Found(long index, long term, EntryHeader header, Path file, long position, boolean inOpenSegment) {}

    private final List<Found> entries;
    private final List<RaftPeerId> members;
    private final List<ControlEntry> agreements;
    private final long lastTerm;
    private final boolean isWithoutFiles;

    private RaftLogScan(
            List<Found> entries,
            List<RaftPeerId> members,
            List<ControlEntry> agreements,
            long lastTerm,
            boolean isWithoutFiles) {
        this.entries = entries;
        this.members = members;
        this.agreements = agreements;
        this.lastTerm = lastTerm;
        this.isWithoutFiles = isWithoutFiles;
    }

    /**
     * Reads all log files in a group's directory, if there are any. A torn last entry is cut from the open file: Ratis would
     * not start with it.
     *
     * @throws IOException when a file cannot be read, or is damaged in another way
     */
    static RaftLogScan read(Path groupDirectory, int maxEntryBytes) throws IOException {
        List<Found> found = new ArrayList<>();
        List<RaftPeerId> members = new ArrayList<>();
        List<ControlEntry> agreements = new ArrayList<>();
        LongAccumulator lastTerm = new LongAccumulator(Math::max, 0);
        List<RaftLogFile> files = RaftLogFile.list(groupDirectory);
        for (RaftLogFile file : files) {
            RaftLogFile.Ending ending = file.read(maxEntryBytes, (entry, position) -> {
                lastTerm.accumulate(entry.getTerm());
                if (isData(entry)) {
                    found.add(new Found(
                            entry.getIndex(), entry.getTerm(), header(entry), file.path(), position, file.isOpen()));
                } else if (entry.hasConfigurationEntry()) {
                    members.clear();
                    entry.getConfigurationEntry().getPeersList().stream()
                            .map(peer -> RaftPeerId.valueOf(peer.getId()))
                            .forEach(members::add);
                } else if (entry.hasStateMachineLogEntry()) {
                    agreements.add(ControlEntry.decode(logData(entry)));
                }
            });
            if (ending.isTorn()) {
                cutTorn(file, ending.position());
            } else if (ending.failure().isPresent()) {
                throw new IOException(
                        file.path() + ": damaged at position " + ending.position(),
                        ending.failure().get());
            }
        }
        return new RaftLogScan(found, members, agreements, lastTerm.get(), files.isEmpty());
    }

    private static void cutTorn(RaftLogFile file, long position) throws IOException {
        LOG.atWarn()
                .addKeyValue("file", file.path())
                .addKeyValue("position", position)
                .log("cut a torn entry off the Raft log");
        truncate(file.path(), position);
    }

    /** The group's members by the last configuration in the log, this node among them; none when there is none. */
    List<RaftPeerId> members() {
        return members;
    }

    /** The highest start of the partition's log that is agreed on here, committed or not; 0 when there is none. */
    long logStartOffset() {
        return highest(LogStart.class);
    }

    private long highest(Class<? extends ControlEntry> kind) {
        return agreements.stream()
                .filter(kind::isInstance)
                .mapToLong(ControlEntry::offset)
                .max()
                .orElse(0);
    }

    /** Whether Raft has no log file at all: the group never had an entry here, or its log was lost. */
    boolean isWithoutFiles() {
        return isWithoutFiles;
    }

    /** Nothing at or above it was ever compacted here; 0 when nothing was. */
    long compactionBound() {
        return highest(CompactionBound.class);
    }

    /** Of the last entry, of whatever kind; 0 when there is none. */
    long lastTerm() {
        return lastTerm;
    }

    /** All entries, in order. */
    List<Found> entries() {
        return entries;
    }

    /**
     * End of what has to be in the segments, exclusive. Data is durable before its header, so what is missing below was lost,
     * and this replica may have acknowledged it: with a majority of such replicas it would be gone for good.
     *
     * @param snapshot that stands for the entries before
     * @param fencedAt what was durable when a write or fsync failed: Ratis may have written headers without data after it, to
     *     the file that was open
     */
    long requiredEndOffset(PartitionSnapshot snapshot, OptionalLong fencedAt) {
        long end = snapshot.endOffset();
        for (Found entry : entries) {
            boolean isRequired = fencedAt.isEmpty()
                    || !entry.inOpenSegment()
                    || entry.header().endOffset() <= fencedAt.getAsLong();
            end = isRequired ? Math.max(end, entry.header().endOffset()) : end;
        }
        return end;
    }

    /**
     * What has to be in the segments.
     *
     * @param snapshot that stands for the entries before
     * @param fencedAt as of {@link #requiredEndOffset}
     */
    RequiredOffsets required(AppliedState.UpTo snapshot, OptionalLong fencedAt) {
        return new RequiredOffsets(
                Math.max(snapshot.snapshot().logStartOffset(), logStartOffset()),
                requiredEndOffset(snapshot.snapshot(), fencedAt),
                leaderEpochs(
                        snapshot.snapshot().leaderEpochs(), snapshot.position().getIndex()));
    }

    /**
     * The terms of all records, by the first offset of each.
     *
     * @param before those of the records that a snapshot stands for
     * @param snapshotIndex of the last entry that it stands for
     */
    private NavigableMap<Long, Integer> leaderEpochs(NavigableMap<Long, Integer> before, long snapshotIndex) {
        NavigableMap<Long, Integer> epochs = new TreeMap<>(before);
        for (Found entry : entries) {
            int epoch = Math.toIntExact(entry.term());
            if (entry.index() > snapshotIndex
                    && (epochs.isEmpty() || epochs.lastEntry().getValue() != epoch)) {
                epochs.put(entry.header().baseOffset(), epoch);
            }
        }
        return epochs;
    }

    /** The last entry that ends at or below an offset. */
    Optional<Found> lastBelow(long endOffset) {
        Optional<Found> last = Optional.empty();
        for (Found entry : entries) {
            last = entry.header().endOffset() <= endOffset ? Optional.of(entry) : last;
        }
        return last;
    }

    /**
     * Cuts from the Raft log the headers whose data is not in the segments: the ones that {@link #requiredEndOffset} leaves out.
     * They are at the tail and were never acknowledged by this replica.
     *
     * @param dataEndOffset end (exclusive) of the data in the segments, at or above what is required
     * @return the entries that are left
     */
    List<Found> cutBehind(long dataEndOffset) throws IOException {
        for (int i = 0; i < entries.size(); i++) {
            Found entry = entries.get(i);
            if (entry.header().endOffset() > dataEndOffset) {
                truncate(entry.file(), entry.position());
                return List.copyOf(entries.subList(0, i));
            }
        }
        return entries;
    }

    /**
     * Cuts an entry and all behind it from the Raft log; this scan tells of them still.
     *
     * @throws IOException when Raft has closed the file by then, which it does when it goes on behind the entry
     */
    static void cutFrom(Found entry) throws IOException {
        if (!entry.inOpenSegment()) {
            throw new IOException(entry.file() + ": Raft entry " + entry.index() + " is not in the last file");
        }
        truncate(entry.file(), entry.position());
    }

    static boolean isData(LogEntryProto entry) {
        return entry.hasStateMachineLogEntry() && !ControlEntry.isOne(logData(entry));
    }

    /** What the state machine put into the Raft log. */
    static ByteBuffer logData(LogEntryProto entry) {
        return entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
    }

    static EntryHeader header(LogEntryProto entry) {
        return EntryHeader.decode(logData(entry));
    }

    static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
            channel.force(true);
        }
    }
}
