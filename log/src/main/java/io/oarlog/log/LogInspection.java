package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Looks at the files of a log that nobody has open, and changes nothing. Judges them as {@link SegmentedLog#open} would, but
 * looks at every byte, believes no checkpoint, and goes on behind damage. Confined to its caller.
 */
public final class LogInspection {
    private final Disk disk;
    private final int indexIntervalBytes;
    private final LogFiles files;

    private LogInspection(Disk disk, int indexIntervalBytes, LogFiles files) {
        this.disk = disk;
        this.indexIntervalBytes = indexIntervalBytes;
        this.files = files;
    }

    /** Is told what an inspection sees, in the order of the log. */
    public interface Visitor {
        /** A batch whose place in the log is right, and that may have been acknowledged. Its checksum may be wrong. */
        void onBatch(InspectedBatch batch);

        void onFinding(LogFinding finding);
    }

    /**
     * What the log holds, as far as it may have been acknowledged.
     *
     * @param startOffset first offset that can be read, inclusive
     * @param endOffset exclusive
     * @param end file and position behind the last byte; nothing when there is no segment
     */
    public record Summary(
            long startOffset,
            long endOffset,
            int segments,
            long batches,
            long records,
            long bytes,
            Optional<End> end) {}

    /** A place in a file. Immutable. */
    public record End(Path file, long position) {}

    /**
     * Lists a log's directory.
     *
     * @param indexIntervalBytes of the log's settings
     * @throws IOException when it cannot be read
     */
    public static LogInspection of(Disk disk, Path directory, int indexIntervalBytes) throws IOException {
        return new LogInspection(
                disk, indexIntervalBytes, LogFiles.list(disk, directory, LogCheckpoint.read(disk, directory)));
    }

    /** Whether a segment or a checkpoint lies in a directory. */
    public static boolean isLog(Disk disk, Path directory) throws IOException {
        return disk.isDirectory(directory)
                && disk.list(directory).stream()
                        .anyMatch(path -> SegmentName.isLogFile(path) || path.endsWith(LogCheckpoint.FILE));
    }

    /** First offset that can be read, inclusive, as far as the checkpoint or the names of the segments tell. */
    public long startOffset() {
        return files.startOffset();
    }

    /** Whether a checkpoint tells of the start: without it the first segments may be lost. */
    public boolean isStartKnown() {
        return files.checkpoint().isPresent();
    }

    /** Base offsets of the segments from the log's start on, in order. */
    public List<Long> segments() {
        return files.live().stream().map(SegmentName::baseOffset).toList();
    }

    /** First offset whose bytes are there, or would be there if the log were not empty. */
    public long firstStoredOffset() {
        return files.live().isEmpty()
                ? files.startOffset()
                : files.live().get(0).baseOffset();
    }

    /**
     * From here on the log has all bytes as they were appended; below, something may have deleted or rewritten them since:
     * so far retention alone.
     */
    public long unchangedFromOffset() {
        return firstStoredOffset();
    }

    /** Bytes in the file of the segment with that base offset. */
    public long sizeInBytes(long baseOffset) throws IOException {
        return disk.size(new SegmentName(files.directory(), baseOffset).logFile());
    }

    /** Bytes in all segments, to compare progress with. */
    public long sizeInBytes() throws IOException {
        long bytes = 0;
        for (SegmentName name : files.names()) {
            bytes += disk.size(name.logFile());
        }
        return bytes;
    }

    /**
     * Checks all segments from the log's start on, their indexes and the checkpoint.
     *
     * @param acknowledgedEnd what lies at this offset or above was never acknowledged, everything below has to be there; empty
     *     when nobody knows: then damage at the end is taken for a torn write unless a sound batch lies behind it
     * @throws IOException when a file cannot be read
     */
    public Summary verify(OptionalLong acknowledgedEnd, Visitor visitor) throws IOException {
        return new LogVerification(disk, files, indexIntervalBytes, acknowledgedEnd, visitor).run();
    }

    /**
     * Shows the batches that hold offsets from {@code fromOffset} to {@code toOffset} (exclusive), also those that the next
     * start would cut. Bytes that are no batch are reported and passed over.
     *
     * @param consumer of the batches; wants no more when it says false
     * @throws IOException when a file cannot be read
     */
    public void forEachBatch(
            long fromOffset, long toOffset, Predicate<InspectedBatch> consumer, Consumer<LogFinding> findings)
            throws IOException {
        List<SegmentName> names = files.names();
        for (int i = 0; i < names.size(); i++) {
            boolean isBelow = i + 1 < names.size() && names.get(i + 1).baseOffset() <= fromOffset;
            if (isBelow) {
                continue;
            }
            if (names.get(i).baseOffset() >= toOffset
                    || !forEachBatch(names.get(i), fromOffset, toOffset, consumer, findings)) {
                return;
            }
        }
    }

    /** @return whether more is wanted */
    private boolean forEachBatch(
            SegmentName name,
            long fromOffset,
            long toOffset,
            Predicate<InspectedBatch> consumer,
            Consumer<LogFinding> findings)
            throws IOException {
        try (DiskFile file = disk.open(name.logFile())) {
            SegmentWalk walk = new SegmentWalk(file, name, file.size());
            while (walk.hasNext() && walk.offset() < toOffset) {
                Optional<Defect> frameDefect = walk.frameDefect();
                if (frameDefect.isEmpty() && walk.framed().orElseThrow().nextOffset() <= fromOffset) {
                    walk.next();
                    continue;
                }
                long position = walk.position();
                long offset = walk.offset();
                Optional<Defect> defect = frameDefect.or(walk::crcDefect);
                if (defect.isPresent() && isTorn(name, walk)) {
                    findings.accept(new LogFinding(
                            LogFinding.Kind.TAIL,
                            name.logFile(),
                            position,
                            offset,
                            file.size() - position + " bytes that are no whole batch"));
                    return true;
                } else if (frameDefect.isPresent()) {
                    walk.skipDamaged();
                    findings.accept(damage(name, position, offset, frameDefect.get(), walk));
                } else if (!consumer.test(
                        new InspectedBatch(name.logFile(), position, walk.next(), defect.isEmpty()))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Whether a damaged batch may have been under way when the process stopped; what Raft knows of it is not asked. */
    private boolean isTorn(SegmentName name, SegmentWalk walk) {
        boolean isLast = name.equals(files.names().get(files.names().size() - 1));
        return isLast && walk.position() >= files.known(name).sizeInBytes() && !walk.isFollowedByWholeBatch();
    }

    /** The bytes of a batch, in a buffer of their own. */
    public ByteBuffer read(InspectedBatch batch) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(batch.header().sizeInBytes());
        try (DiskFile file = disk.open(batch.file())) {
            file.read(bytes, batch.position());
        }
        return bytes.flip();
    }

    /** @param behind the walk, once it has passed over the damage */
    static LogFinding damage(SegmentName name, long position, long offset, Defect defect, SegmentWalk behind) {
        String rest = behind.hasNext()
                ? "the next batch is at position " + behind.position() + ", offset " + behind.offset()
                : "no batch is behind it";
        return new LogFinding(
                LogFinding.Kind.DAMAGE,
                name.logFile(),
                position,
                offset,
                "batch: expected " + defect.expected() + ", found " + defect.found() + "; " + rest);
    }
}
