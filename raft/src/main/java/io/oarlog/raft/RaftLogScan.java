package io.oarlog.raft;

import io.oarlog.log.CorruptLogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.util.SizeInBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The headers that a Raft log holds on disk, read before Ratis opens it, so that header and data can be brought to agree.
 * Confined to the thread that starts the group.
 */
final class RaftLogScan {
    private static final Logger LOG = LoggerFactory.getLogger(RaftLogScan.class);
    /** "RaftLog1" at the start of every log file. */
    private static final int FILE_HEADER_BYTES = 8;
    /** How Ratis names the file it appends to. */
    private static final String OPEN_FILE_PREFIX = "log_inprogress_";
    /** CRC behind every entry. */
    private static final int ENTRY_CHECKSUM_BYTES = 4;

    /**
     * One entry with record bytes.
     *
     * @param file log file that holds the entry
     * @param position of the entry in the file
     * @param inOpenSegment whether Raft was still writing to that file
     */
    record Found(long index, EntryHeader header, Path file, long position, boolean inOpenSegment) {}

    /** Smallest unit that a disk writes whole. */
    private static final int SECTOR_BYTES = 512;

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
        List<LogSegmentPath> files = LogSegmentPath.getLogSegmentPaths(storage);
        for (LogSegmentPath file : files) {
            readFile(file, maxEntryBytes, found);
        }
        return new RaftLogScan(found, files.isEmpty());
    }

    private static void readFile(LogSegmentPath file, int maxEntryBytes, List<Found> found) throws IOException {
        Path path = file.getPath();
        boolean isOpen = String.valueOf(path.getFileName()).startsWith(OPEN_FILE_PREFIX);
        long[] position = {FILE_HEADER_BYTES};
        try {
            LogSegment.readSegmentFile(
                    path.toFile(),
                    file.getStartEnd(),
                    SizeInBytes.valueOf(maxEntryBytes),
                    CorruptionPolicy.EXCEPTION,
                    null,
                    entry -> {
                        if (isData(entry)) {
                            found.add(new Found(entry.getIndex(), header(entry), path, position[0], isOpen));
                        }
                        position[0] += bytesOnDisk(entry);
                    });
        } catch (IOException e) {
            if (!isOpen || !isTorn(path, position[0], maxEntryBytes)) {
                throw e;
            }
            LOG.atWarn()
                    .addKeyValue("file", path)
                    .addKeyValue("position", position[0])
                    .log("cut a torn entry off the Raft log");
            truncate(path, position[0]);
        }
    }

    /**
     * Whether the entry at {@code position} was being written when the machine stopped: its last sectors, and all behind
     * it, are zeros still. Any other damage may be to an entry that was acknowledged.
     */
    private static boolean isTorn(Path file, long position, int maxEntryBytes) throws IOException {
        byte[] rest = Arrays.copyOfRange(Files.readAllBytes(file), Math.toIntExact(position), (int) Files.size(file));
        int written = rest.length;
        while (written > 0 && rest[written - 1] == 0) {
            written--;
        }
        CodedInputStream in = CodedInputStream.newInstance(rest);
        int serialized = in.readRawVarint32();
        if (serialized <= 0 || serialized > maxEntryBytes) {
            return false;
        }
        long end = position + in.getTotalBytesRead() + serialized + ENTRY_CHECKSUM_BYTES;
        long lastSector = (end - 1) / SECTOR_BYTES * SECTOR_BYTES;
        return lastSector > position && position + written <= lastSector;
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
        return entry.hasStateMachineLogEntry() && !LogStart.isOne(logData(entry));
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

    private static long bytesOnDisk(LogEntryProto entry) {
        int serialized = entry.getSerializedSize();
        return CodedOutputStream.computeUInt32SizeNoTag(serialized) + (long) serialized + ENTRY_CHECKSUM_BYTES;
    }
}
