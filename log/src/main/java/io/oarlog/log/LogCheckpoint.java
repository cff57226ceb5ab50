package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What opening a log can rely on without looking at its segments: where the log starts, and the segments that were sealed,
 * or flushed and closed. It only says what is true for good: it is replaced before a truncation makes it wrong. Immutable.
 *
 * <pre>
 * offset size field
 *      0    4 magic: "OARC"
 *      4    2 format version: 2, or 1 of a log that was never compacted
 *      6    2 zero
 *      8    8 log start offset
 *     16    4 number of segments
 *     20    4 CRC-32C of all other bytes
 *     24    8 version 2 only: end of the compacted part
 *     32    8 version 2 only: end of the part that may have been rewritten
 *             segments, 40 bytes each: base offset (8), size in bytes (8), end offset (8), first timestamp (8),
 *             largest timestamp (8)
 * </pre>
 *
 * @param startOffset first offset that can be read, inclusive
 * @param compaction how far it came
 * @param segments in offset order; the last one of the log is among them only when it was closed in order
 */
record LogCheckpoint(long startOffset, CompactionProgress compaction, List<SegmentState> segments) {
    static final String FILE = "checkpoint";

    private static final String NEW_FILE = "checkpoint.new";
    private static final int MAGIC = 0x4F415243;
    private static final short NEVER_COMPACTED_VERSION = 1;
    private static final short VERSION = 2;
    private static final int COUNT_POSITION = 16;
    private static final int CRC_POSITION = 20;
    private static final int HEADER_BYTES = 24;
    private static final int PROGRESS_BYTES = 16;
    private static final int SEGMENT_BYTES = 40;

    LogCheckpoint {
        segments = List.copyOf(segments);
    }

    /** With one rewritten segment in the place of those that hold the same offsets, if there are any. */
    LogCheckpoint withReplaced(SegmentState replacement) {
        List<SegmentState> others = new ArrayList<>(segments);
        boolean isAnyReplaced = others.removeIf(segment ->
                segment.baseOffset() >= replacement.baseOffset() && segment.baseOffset() < replacement.endOffset());
        if (isAnyReplaced) {
            others.add(replacement);
            others.sort(Comparator.comparingLong(SegmentState::baseOffset));
        }
        return new LogCheckpoint(startOffset, compaction.withRewrittenTo(replacement.endOffset()), others);
    }

    /** Whether it says anything of the segment with that base offset, and what. */
    Optional<SegmentState> segment(long baseOffset) {
        return segments.stream()
                .filter(segment -> segment.baseOffset() == baseOffset)
                .findFirst();
    }

    /** Where in the file the entry of one of the segments begins. */
    static long positionOf(int segmentNumber) {
        return HEADER_BYTES + (long) segmentNumber * SEGMENT_BYTES;
    }

    /** Replaces the directory's checkpoint atomically; durable after a sync of the directory. */
    void write(Disk disk, Path directory) throws IOException {
        prepare(disk, directory);
        replace(disk, directory);
    }

    /** The first half of {@link #write}, which takes all the room that it needs; replaces nothing. */
    void prepare(Disk disk, Path directory) throws IOException {
        try (DiskFile file = disk.open(directory.resolve(NEW_FILE))) {
            file.truncate(file.write(new ByteBuffer[] {encode()}, 0));
            file.force();
        }
    }

    /** The second half: puts what was prepared in the place of the directory's checkpoint. */
    void replace(Disk disk, Path directory) throws IOException {
        disk.move(directory.resolve(NEW_FILE), directory.resolve(FILE));
    }

    /** The directory's checkpoint; nothing when there is none or it is damaged: then the segments have to tell. */
    static Optional<LogCheckpoint> read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(FILE);
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            if (file.size() > Integer.MAX_VALUE) {
                return Optional.empty();
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            return decode(bytes.flip());
        }
    }

    private ByteBuffer encode() {
        boolean isCompacted = !compaction.equals(CompactionProgress.NONE);
        int headerBytes = HEADER_BYTES + (isCompacted ? PROGRESS_BYTES : 0);
        ByteBuffer bytes = ByteBuffer.allocate(headerBytes + segments.size() * SEGMENT_BYTES)
                .putInt(MAGIC)
                .putShort(isCompacted ? VERSION : NEVER_COMPACTED_VERSION)
                .putShort((short) 0)
                .putLong(startOffset)
                .putInt(segments.size())
                .putInt(0);
        if (isCompacted) {
            bytes.putLong(compaction.compactedEndOffset()).putLong(compaction.rewrittenEndOffset());
        }
        for (SegmentState segment : segments) {
            bytes.putLong(segment.baseOffset())
                    .putLong(segment.sizeInBytes())
                    .putLong(segment.endOffset())
                    .putLong(segment.firstTimestamp())
                    .putLong(segment.maxTimestamp());
        }
        bytes.flip();
        return bytes.putInt(CRC_POSITION, crc(bytes));
    }

    private static Optional<LogCheckpoint> decode(ByteBuffer bytes) {
        if (bytes.limit() < HEADER_BYTES || bytes.getInt(0) != MAGIC || bytes.getInt(CRC_POSITION) != crc(bytes)) {
            return Optional.empty();
        }
        short version = bytes.getShort(4);
        int headerBytes = HEADER_BYTES + (version == VERSION ? PROGRESS_BYTES : 0);
        if ((version != VERSION && version != NEVER_COMPACTED_VERSION)
                || bytes.limit() != headerBytes + (long) bytes.getInt(COUNT_POSITION) * SEGMENT_BYTES) {
            return Optional.empty();
        }
        long startOffset = bytes.getLong(8);
        bytes.position(HEADER_BYTES);
        CompactionProgress compaction =
                version == VERSION ? new CompactionProgress(bytes.getLong(), bytes.getLong()) : CompactionProgress.NONE;
        List<SegmentState> segments = new ArrayList<>();
        while (bytes.hasRemaining()) {
            segments.add(new SegmentState(
                    bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong()));
        }
        return Optional.of(new LogCheckpoint(startOffset, compaction, segments));
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, CRC_POSITION));
        crc.update(bytes.slice(HEADER_BYTES, bytes.limit() - HEADER_BYTES));
        return (int) crc.getValue();
    }
}
