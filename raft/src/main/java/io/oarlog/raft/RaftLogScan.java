package io.oarlog.raft;

import io.oarlog.log.CorruptLogException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.util.SizeInBytes;

/**
 * The headers that a Raft log holds on disk, read before Ratis opens it, so that header and data can be brought to agree.
 * Confined to the thread that starts the group.
 */
final class RaftLogScan {
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

    private final List<Found> entries;

    private RaftLogScan(List<Found> entries) {
        this.entries = entries;
    }

    /** Reads all log files of {@code storage}; entries without record bytes are passed over. */
    static RaftLogScan read(RaftStorage storage, int maxEntryBytes) throws IOException {
        List<Found> found = new ArrayList<>();
        for (LogSegmentPath segment : LogSegmentPath.getLogSegmentPaths(storage)) {
            long[] position = {FILE_HEADER_BYTES};
            boolean isOpen = segment.getPath().getFileName().toString().startsWith(OPEN_FILE_PREFIX);
            LogSegment.readSegmentFile(
                    segment.getPath().toFile(),
                    segment.getStartEnd(),
                    SizeInBytes.valueOf(maxEntryBytes),
                    CorruptionPolicy.EXCEPTION,
                    null,
                    entry -> {
                        if (isData(entry)) {
                            found.add(
                                    new Found(entry.getIndex(), header(entry), segment.getPath(), position[0], isOpen));
                        }
                        position[0] += bytesOnDisk(entry);
                    });
        }
        return new RaftLogScan(found);
    }

    /**
     * Cuts from the Raft log the headers whose data is not in the segment. With data fsynced before its header they can
     * only be at the tail, in the file that was open, and were never acknowledged by this replica.
     *
     * @param dataEndOffset end (exclusive) of the data in the segment
     * @return the entries that are left
     * @throws CorruptLogException when a header in a closed file has no data: that is loss, not a torn tail
     */
    List<Found> cutBehind(long dataEndOffset) throws IOException {
        for (int i = 0; i < entries.size(); i++) {
            Found entry = entries.get(i);
            if (entry.header().endOffset() > dataEndOffset) {
                if (!entry.inOpenSegment()) {
                    throw new CorruptLogException("data of Raft entry " + entry.index() + " in " + entry.file()
                            + " is missing: expected up to offset "
                            + entry.header().endOffset() + ", found up to " + dataEndOffset);
                }
                truncate(entry.file(), entry.position());
                return List.copyOf(entries.subList(0, i));
            }
        }
        return entries;
    }

    static boolean isData(LogEntryProto entry) {
        return entry.hasStateMachineLogEntry();
    }

    static EntryHeader header(LogEntryProto entry) {
        return EntryHeader.decode(entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
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
