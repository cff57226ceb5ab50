package io.oarlog.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the files of a log as a crash may have left them. Used once, by one thread.
 *
 * <p>What a crash can leave, given the order in which {@link SegmentedLog} does things: a last segment with anything behind
 * its last durable batch; a new, empty last segment; later segments missing in the midst of a truncation, from the last one
 * on; any of the segments below the log's start; index files that are missing, half written, of the last segment or without
 * a segment; a compaction that began to replace segments ({@link SegmentSwap}). All segments but the last were durable before
 * the next one was created, so a gap or a bad header among them is corruption.
 *
 * <p>What the {@link LogCheckpoint} tells is not looked at again. The segments behind it are: of those that were sealed the
 * headers behind the last index entry, of the last one everything.
 */
final class LogRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);
    private static final int SCAN_WINDOW_BYTES = 256 * 1024;

    private final Disk disk;
    private final Path directory;
    private final LogSettings settings;
    private final OpenFiles openFiles;
    private final RequiredOffsets required;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Segment> notIndexed = new ArrayList<>();
    private long startOffset;
    private long endOffset;

    LogRecovery(Disk disk, Path directory, LogSettings settings, OpenFiles openFiles, RequiredOffsets required) {
        this.disk = disk;
        this.directory = directory;
        this.settings = settings;
        this.openFiles = openFiles;
        this.required = required;
    }

    /** What recovery hands over. */
    record Recovered(
            LogView view, Optional<LogCheckpoint> checkpoint, CompactionProgress compaction, RecoveryReport report) {}

    /**
     * Opens or creates the log; what it holds then is durable.
     *
     * @throws CorruptLogException when segments are missing, shorter than they were, not contiguous, one that is not the last
     *     has a bad header, or the sound part ends below the required end; nothing is changed then
     */
    Recovered recover() throws IOException {
        try {
            disk.createDirectories(directory);
            Optional<LogCheckpoint> checkpoint =
                    SegmentSwap.recover(disk, directory, LogCheckpoint.read(disk, directory));
            LogFiles files = LogFiles.list(disk, directory, checkpoint);
            startOffset = files.startOffset();
            files.missing().stream().findFirst().ifPresent(LogRecovery::refuse);
            if (checkpoint.isEmpty() && startOffset > required.startOffset()) {
                throw new CorruptLogException(
                        directory + ": the checkpoint is gone, and the first segment begins at offset " + startOffset
                                + "; expected records from offset " + required.startOffset() + " on");
            }
            RecoveryReport report = files.names().isEmpty() ? createOnly() : openAll(files);
            LogView view = new LogView(segments, startOffset, endOffset, 0, 0);
            return new Recovered(view, checkpoint, files.compaction().truncatedTo(endOffset), report);
        } catch (IOException | RuntimeException e) {
            segments.forEach(Segment::drop);
            throw e;
        }
    }

    /** There may have been segments: a crash in the midst of {@link #startAnew} leaves their indexes. */
    private RecoveryReport createOnly() throws IOException {
        requireEnd(startOffset, () -> directory + ": no segment is there");
        LogRepair.deleteLeftover(disk, directory);
        deleteIndexesWithoutSegment(List.of());
        return createFirst();
    }

    private RecoveryReport createFirst() throws IOException {
        segments.add(Segment.create(disk, openFiles, new SegmentName(directory, startOffset), settings));
        endOffset = startOffset;
        disk.syncDirectory(directory);
        return new RecoveryReport(1, 0, 0, 0, 0, Optional.empty());
    }

    private void requireEnd(long soundEndOffset, Supplier<String> found) {
        if (soundEndOffset < required.endOffset()) {
            throw new CorruptLogException(found.get() + "; expected records up to offset " + required.endOffset()
                    + ", found them up to " + soundEndOffset);
        }
    }

    private static void refuse(LogFinding damage) {
        throw new CorruptLogException(damage.toString());
    }

    private RecoveryReport openAll(LogFiles files) throws IOException {
        List<SegmentName> live = files.live();
        endOffset = live.get(0).baseOffset();
        for (int i = 0; i < live.size() - 1; i++) {
            LogFiles.gapBefore(live.get(i), endOffset).ifPresent(LogRecovery::refuse);
            openSealed(live.get(i), known(files, live.get(i)), live.get(i + 1).baseOffset());
        }
        SegmentName last = live.get(live.size() - 1);
        LogFiles.gapBefore(last, endOffset).ifPresent(LogRecovery::refuse);
        SegmentState known = known(files, last);
        segments.add(Segment.known(disk, openFiles, last, settings, known));
        SegmentIndexes indexes = last().indexesOf(known);
        Scan scan = scanLast(known, indexes);
        requireEnd(
                Math.max(scan.endOffset(), startOffset),
                () -> scan.damage().orElse(last.logFile() + ": the log ends here"));
        // Nothing was changed so far: what is corrupt stays as it was found.
        LogRepair.deleteLeftover(disk, directory);
        deleteObsolete(files.obsolete());
        deleteIndexesWithoutSegment(live);
        for (Segment segment : notIndexed) {
            rebuildIndexFiles(segment);
        }
        RecoveryReport report = recoverLast(scan, files.isListed(last));
        if (segments.size() > 1 && last().sizeInBytes() == 0) {
            dropLast();
            report = report.withSegments(segments.size());
        }
        if (endOffset < startOffset) {
            startAnew();
            report = report.withSegments(1);
        }
        last().releaseByWriter();
        // A process that was killed may have created or deleted files whose names are not durable yet.
        disk.syncDirectory(directory);
        return report;
    }

    private SegmentState known(LogFiles files, SegmentName name) throws IOException {
        files.shortened(name, disk.size(name.logFile())).ifPresent(LogRecovery::refuse);
        return files.known(name);
    }

    private void deleteObsolete(List<SegmentName> names) throws IOException {
        if (!names.isEmpty()) {
            syncCheckpoint();
        }
        for (SegmentName name : names) {
            disk.delete(name.logFile());
        }
    }

    /**
     * A process that was killed may have moved the checkpoint to its place and no more. If segments were deleted because of it
     * and then the power failed, it might be gone with them, and the one before it asks for them.
     */
    private void syncCheckpoint() throws IOException {
        disk.syncDirectory(directory);
    }

    private void openSealed(SegmentName name, SegmentState known, long nextBaseOffset) throws IOException {
        if (known.endOffset() == nextBaseOffset && known.sizeInBytes() == disk.size(name.logFile())) {
            Segment segment = Segment.known(disk, openFiles, name, settings, known);
            segments.add(segment);
            if (!disk.exists(name.indexFile()) || !disk.exists(name.timeIndexFile())) {
                notIndexed.add(segment);
            }
            endOffset = nextBaseOffset;
            return;
        }
        Segment segment = Segment.open(disk, openFiles, name, settings);
        segments.add(segment);
        segment.retain();
        try {
            Segment.Loaded loaded = segment.loadSealed();
            if (!loaded.isIndexed()) {
                notIndexed.add(segment);
            }
            endOffset = loaded.endOffset();
        } finally {
            segment.release();
        }
    }

    private static void rebuildIndexFiles(Segment segment) throws IOException {
        segment.retain();
        try {
            segment.rebuildIndexFiles();
        } finally {
            segment.release();
        }
    }

    /** A crash just behind the deletion of a segment leaves its indexes. */
    private void deleteIndexesWithoutSegment(List<SegmentName> live) throws IOException {
        for (Path path : disk.list(directory)) {
            var baseOffset = SegmentName.baseOffsetOf(path);
            if (baseOffset.isPresent() && !live.contains(new SegmentName(directory, baseOffset.getAsLong()))) {
                disk.delete(path);
            }
        }
    }

    /** A segment that was begun for an append which the crash took: the next append decides anew. */
    private void dropLast() throws IOException {
        Segment empty = segments.remove(segments.size() - 1);
        empty.drop();
        empty.delete();
        last().truncate(last().sizeInBytes(), endOffset);
    }

    /** A crash came between the checkpoint of {@link SegmentedLog#startAnewAt} and the new segment. */
    private void startAnew() throws IOException {
        syncCheckpoint();
        for (Segment segment : segments) {
            segment.drop();
            segment.deleteFiles();
        }
        segments.clear();
        createFirst();
    }

    private Segment last() {
        return segments.get(segments.size() - 1);
    }

    /**
     * What the last segment holds.
     *
     * @param known what the checkpoint says of it
     * @param sizeFound bytes of its file
     * @param sizeInBytes of whole batches in a row, from the start on
     * @param indexes of these
     * @param wholeBatchesBehind sound ones behind the damage
     */
    private record Scan(
            SegmentState known,
            long sizeFound,
            long sizeInBytes,
            long endOffset,
            long firstTimestamp,
            long maxTimestamp,
            SegmentIndexes indexes,
            Optional<String> damage,
            int wholeBatchesBehind) {
        /** Whether there is nothing but what the checkpoint tells. */
        boolean isKnown() {
            return sizeFound == known.sizeInBytes();
        }
    }

    private RecoveryReport recoverLast(Scan scan, boolean isListed) throws IOException {
        Segment last = last();
        endOffset = scan.endOffset();
        last.recovered(scan.sizeInBytes(), scan.maxTimestamp());
        last.activate(scan.indexes(), scan.firstTimestamp());
        if (scan.wholeBatchesBehind() > 0) {
            LOG.atWarn()
                    .addKeyValue("segment", last.name().logFile())
                    .addKeyValue("position", scan.sizeInBytes())
                    .addKeyValue("wholeBatches", scan.wholeBatchesBehind())
                    .log("sound batches lie behind a damaged one and are cut with it");
        }
        if (scan.damage().isPresent()) {
            last.file().truncate(scan.sizeInBytes());
        }
        if (!scan.isKnown() || !isListed) {
            // Also when nothing is cut: what was read may so far be in memory only, and without this a flush of nothing
            // new
            // would promise too much.
            last.force();
        }
        return new RecoveryReport(
                segments.size(),
                scan.sizeInBytes() - scan.known().sizeInBytes(),
                scan.sizeFound() - scan.sizeInBytes(),
                scan.wholeBatchesBehind(),
                notIndexed.size(),
                scan.damage());
    }

    /** Changes nothing; {@code indexes} are of what is known and get what is found. */
    private Scan scanLast(SegmentState known, SegmentIndexes indexes) throws IOException {
        Segment last = last();
        long sizeFound = disk.size(last.name().logFile());
        if (sizeFound == known.sizeInBytes()) {
            return new Scan(
                    known,
                    sizeFound,
                    sizeFound,
                    known.endOffset(),
                    known.firstTimestamp(),
                    known.maxTimestamp(),
                    indexes,
                    Optional.empty(),
                    0);
        }
        last.recovered(sizeFound, known.maxTimestamp());
        last.retain();
        try {
            return scanBehind(known, sizeFound, indexes);
        } finally {
            last.release();
        }
    }

    private Scan scanBehind(SegmentState known, long sizeFound, SegmentIndexes indexes) {
        Segment last = last();
        long maxTimestamp = known.maxTimestamp();
        long firstTimestamp = known.firstTimestamp();
        BatchCursor cursor = new BatchCursor(last.window(SCAN_WINDOW_BYTES), known.sizeInBytes(), known.endOffset());
        Optional<Defect> defect = Optional.empty();
        while (cursor.hasNext()) {
            defect = cursor.nextDefect().or(cursor::nextCrcDefect).or(() -> required.epochDefect(cursor.nextHeader()));
            if (defect.isPresent()) {
                break;
            }
            BatchHeader header = cursor.next();
            indexes.onBatch(header, cursor.position(), maxTimestamp);
            maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp());
            firstTimestamp = cursor.position() == 0 ? header.maxTimestamp() : firstTimestamp;
        }
        long end = cursor.nextPosition();
        return new Scan(
                known,
                sizeFound,
                end,
                cursor.nextOffset(),
                firstTimestamp,
                maxTimestamp,
                indexes,
                defect.map(found -> last.name().logFile() + ", " + found.at(end)),
                defect.isPresent() ? wholeBatchesAfter(last, end, cursor.nextOffset()) : 0);
    }

    /** Sound batches at higher offsets behind the damage, wherever they begin: its length field may be the damage. */
    private static int wholeBatchesAfter(Segment segment, long damagedPosition, long damagedOffset) {
        FileWindow window = segment.window(SCAN_WINDOW_BYTES);
        int found = 0;
        OptionalLong next =
                BatchCursor.wholeBatchFrom(window, damagedPosition + 1, damagedOffset, segment.baseOffset());
        while (next.isPresent()) {
            found++;
            BatchHeader header = BatchCursor.headerAt(window, next.getAsLong());
            next = BatchCursor.wholeBatchFrom(
                    window, next.getAsLong() + header.sizeInBytes(), damagedOffset, segment.baseOffset());
        }
        return found;
    }
}
