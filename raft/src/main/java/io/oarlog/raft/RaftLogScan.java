package io.oarlog.raft;

import io.oarlog.log.CorruptLogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.storage.RaftStorage;
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
    record Found(long index, EntryHeader header, Path file, long position, boolean inOpenSegment) {}

    private final List<Found> entries;
    private final boolean isWithoutFiles;

    private RaftLogScan(List<Found> entries, boolean isWithoutFiles) {
        this.entries = entries;
        this.isWithoutFiles = isWithoutFiles;
    }

    /**
     * Reads all log files of {@code storage}; entries without record bytes are passed over. A torn last entry is cut from
     * the open file: Ratis would not start with it.
     *
     * @throws IOException when a file cannot be read, or is damaged in another way
     */
    static RaftLogScan read(RaftStorage storage, int maxEntryBytes) throws IOException {
        List<Found> found = new ArrayList<>();
        List<RaftLogFile> files = RaftLogFile.of(storage);
        for (RaftLogFile file : files) {
            RaftLogFile.Ending ending = file.read(maxEntryBytes, (entry, position) -> {
                if (isData(entry)) {
                    found.add(new Found(entry.getIndex(), header(entry), file.path(), position, file.isOpen()));
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
        return new RaftLogScan(found, files.isEmpty());
    }

    private static void cutTorn(RaftLogFile file, long position) throws IOException {
        LOG.atWarn()
                .addKeyValue("file", file.path())
                .addKeyValue("position", position)
                .log("cut a torn entry off the Raft log");
        truncate(file.path(), position);
    }

    /** Whether Raft has no log file at all: the group never had an entry here, or its log was lost. */
    boolean isWithoutFiles() {
        return isWithoutFiles;
    }

    /**
     * Checks that all data that the headers name is in the segment. Data is durable before its header, so what is missing
     * was lost, and this replica may have acknowledged it: with a majority of such replicas it would be gone for good.
     *
     * @param dataEndOffset end (exclusive) of the data in the segment
     * @return all entries
     * @throws CorruptLogException when data is missing; nothing is changed then
     */
    List<Found> requireData(long dataEndOffset) {
        entries.stream()
                .filter(entry -> isBehind(entry, dataEndOffset))
                .findFirst()
                .ifPresent(entry -> {
                    throw missing(entry, dataEndOffset);
                });
        return entries;
    }

    /**
     * Cuts from the Raft log the headers whose data is not in the segment, after a write or fsync had failed: Ratis may
     * have written headers when it closed its log then. They are at the tail, in the file that was open, and were never
     * acknowledged by this replica.
     *
     * @param dataEndOffset end (exclusive) of the data in the segment
     * @return the entries that are left
     * @throws CorruptLogException when a header in a closed file has no data: that is loss, not a torn tail
     */
    List<Found> cutBehind(long dataEndOffset) throws IOException {
        for (int i = 0; i < entries.size(); i++) {
            Found entry = entries.get(i);
            if (isBehind(entry, dataEndOffset)) {
                if (!entry.inOpenSegment()) {
                    throw missing(entry, dataEndOffset);
                }
                truncate(entry.file(), entry.position());
                return List.copyOf(entries.subList(0, i));
            }
        }
        return entries;
    }

    private static boolean isBehind(Found entry, long dataEndOffset) {
        return entry.header().endOffset() > dataEndOffset;
    }

    private static CorruptLogException missing(Found entry, long dataEndOffset) {
        return new CorruptLogException("data of Raft entry " + entry.index() + " in " + entry.file()
                + " is missing: expected up to offset " + entry.header().endOffset() + ", found up to "
                + dataEndOffset);
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

    private static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
            channel.force(true);
        }
    }
}
