package io.oarlog.raft;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.ratis.util.SizeInBytes;

/** One file of a Raft log, which is read and not changed. Immutable. */
record RaftLogFile(LogSegmentPath segment) {
    /** At the start of every log file. */
    private static final byte[] FILE_HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);

    private static final Pattern CLOSED_FILE = Pattern.compile("log_\\d+-(\\d+)");
    private static final Pattern START = Pattern.compile("log_(?:inprogress_)?(\\d+).*");
    /** How Ratis names the file it appends to. */
    private static final String OPEN_FILE_PREFIX = "log_inprogress_";
    /** CRC behind every entry. */
    private static final int ENTRY_CHECKSUM_BYTES = 4;
    /** Smallest unit that a disk writes whole. */
    private static final int SECTOR_BYTES = 512;

    /** Takes the entries of a file. */
    interface EntryConsumer {
        /**
         * The next entry.
         *
         * @param position in the file
         */
        void accept(LogEntryProto entry, long position);
    }

    /**
     * Where the entries of a file end.
     *
     * @param position behind the last entry
     * @param failure why what lies there was not read; nothing when it is padding
     * @param isTorn whether an entry was being written there when the machine stopped
     */
    record Ending(long position, Optional<Exception> failure, boolean isTorn) {}

    /** The files in a group's directory, in order; nothing is changed. An empty one, which Ratis would delete, is left out. */
    static List<RaftLogFile> list(Path groupDirectory) throws IOException {
        Path current = directory(groupDirectory);
        if (!Files.isDirectory(current)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(current)) {
            return files.filter(file -> file.toFile().length() > 0)
                    .map(LogSegmentPath::matchLogSegment)
                    .flatMap(Stream::ofNullable)
                    .sorted(Comparator.comparing(LogSegmentPath::getStartEnd))
                    .map(RaftLogFile::new)
                    .toList();
        }
    }

    /** Where a group's directory has its log files. */
    static Path directory(Path groupDirectory) {
        return groupDirectory.resolve("current");
    }

    Path path() {
        return segment.getPath();
    }

    /** Index of its first entry, or of the one that would be. */
    long startIndex() {
        Matcher name = START.matcher(String.valueOf(path().getFileName()));
        if (!name.matches()) {
            throw new IllegalStateException(path() + " is not the name of a Raft log's file");
        }
        return Long.parseLong(name.group(1));
    }

    /** Whether Raft was still writing to it. */
    boolean isOpen() {
        return String.valueOf(path().getFileName()).startsWith(OPEN_FILE_PREFIX);
    }

    /**
     * Reads all entries, up to the first that is not sound.
     *
     * @throws IOException when the file cannot be read at all
     */
    Ending read(int maxEntryBytes, EntryConsumer consumer) throws IOException {
        if (isHeaderDamaged()) {
            return new Ending(0, Optional.of(new IOException("the file does not begin as a Raft log")), false);
        }
        long[] position = {FILE_HEADER.length};
        long[] lastIndex = {-1};
        Optional<Exception> failure = Optional.empty();
        try {
            LogSegment.readSegmentFile(
                    path().toFile(),
                    segment.getStartEnd(),
                    SizeInBytes.valueOf(maxEntryBytes),
                    CorruptionPolicy.EXCEPTION,
                    null,
                    entry -> {
                        consumer.accept(entry, position[0]);
                        position[0] += bytesOnDisk(entry);
                        lastIndex[0] = entry.getIndex();
                    });
        } catch (IOException | IllegalStateException | IllegalArgumentException e) {
            failure = Optional.of(e);
        }
        if (failure.isEmpty() && lastIndex[0] < endIndex() && written(bytesFrom(position[0])) > 0) {
            // Ratis takes it for an entry that was being written, whatever lies there, and passes over it.
            failure = Optional.of(new EOFException("an entry is cut off by the end of the file"));
        }
        boolean isTorn = failure.isPresent() && isOpen() && isTorn(position[0], maxEntryBytes);
        return new Ending(position[0], failure, isTorn);
    }

    /**
     * Index of its last entry, or of the one before its first when it has none; nothing when the file is damaged.
     *
     * @throws IOException when it cannot be read at all
     */
    OptionalLong lastIndex() throws IOException {
        if (!isOpen()) {
            return OptionalLong.of(endIndex());
        }
        long[] last = {startIndex() - 1};
        Ending ending = read(RaftLogReading.MAX_ENTRY_BYTES, (entry, position) -> last[0] = entry.getIndex());
        return ending.failure().isPresent() && !ending.isTorn() ? OptionalLong.empty() : OptionalLong.of(last[0]);
    }

    /**
     * The term of an entry; nothing when the files do not have it.
     *
     * @param files of one log, in order
     */
    static OptionalLong termAt(List<RaftLogFile> files, long index) throws IOException {
        long[] term = {-1};
        Optional<RaftLogFile> holder =
                files.stream().filter(file -> file.startIndex() <= index).reduce((earlier, later) -> later);
        if (holder.isPresent()) {
            var unused = holder.get().read(RaftLogReading.MAX_ENTRY_BYTES, (entry, at) -> {
                term[0] = entry.getIndex() == index ? entry.getTerm() : term[0];
            });
        }
        return term[0] < 0 ? OptionalLong.empty() : OptionalLong.of(term[0]);
    }

    /**
     * Index of the last entry of the closed files that nothing was written to for so long; -1 when there is none.
     *
     * @param files of one log, in order
     * @throws IOException as well when one was deleted meanwhile
     */
    static long lastIndexOlderThan(Duration age, List<RaftLogFile> files) throws IOException {
        Instant limit = Instant.now().minus(age);
        long last = RaftLog.INVALID_LOG_INDEX;
        for (RaftLogFile file : files) {
            if (file.isOpen()
                    || !Files.getLastModifiedTime(file.path()).toInstant().isBefore(limit)) {
                return last;
            }
            last = file.endIndex();
        }
        return last;
    }

    /** Index of the last entry that a closed file should have; behind it Ratis reads nothing. */
    private long endIndex() {
        Matcher closed = CLOSED_FILE.matcher(String.valueOf(path().getFileName()));
        return closed.matches() ? Long.parseLong(closed.group(1)) : Long.MAX_VALUE;
    }

    /**
     * Whether the entry at {@code position} was being written when the machine stopped: its last sectors, and all behind
     * it, are zeros still, or missing. Any other damage may be to an entry that was acknowledged.
     */
    private boolean isTorn(long position, int maxEntryBytes) throws IOException {
        byte[] rest = bytesFrom(position);
        CodedInputStream in = CodedInputStream.newInstance(rest);
        int serialized;
        try {
            serialized = in.readRawVarint32();
        } catch (InvalidProtocolBufferException e) {
            return false; // no length at all
        }
        if (serialized <= 0 || serialized > maxEntryBytes) {
            return false;
        }
        long end = position + in.getTotalBytesRead() + serialized + ENTRY_CHECKSUM_BYTES;
        long endOfFile = position + rest.length;
        if (end > endOfFile) {
            return endOfFile % SECTOR_BYTES == 0;
        }
        long lastSector = (end - 1) / SECTOR_BYTES * SECTOR_BYTES;
        return lastSector > position && position + written(rest) <= lastSector;
    }

    /** Bytes without the zeros at the end. */
    private static int written(byte[] bytes) {
        int written = bytes.length;
        while (written > 0 && bytes[written - 1] == 0) {
            written--;
        }
        return written;
    }

    /** A header that was being written, with zeros behind what there is of it, is not. */
    private boolean isHeaderDamaged() throws IOException {
        byte[] found;
        try (InputStream in = Files.newInputStream(path())) {
            found = in.readNBytes(FILE_HEADER.length);
        }
        byte[] written = Arrays.copyOf(found, written(found));
        return Arrays.mismatch(written, Arrays.copyOf(FILE_HEADER, written.length)) >= 0;
    }

    private byte[] bytesFrom(long position) throws IOException {
        byte[] all = Files.readAllBytes(path());
        return Arrays.copyOfRange(all, (int) Math.min(position, all.length), all.length);
    }

    private static long bytesOnDisk(LogEntryProto entry) {
        int serialized = entry.getSerializedSize();
        return CodedOutputStream.computeUInt32SizeNoTag(serialized) + (long) serialized + ENTRY_CHECKSUM_BYTES;
    }
}
