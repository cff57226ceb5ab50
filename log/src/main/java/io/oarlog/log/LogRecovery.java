package io.oarlog.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the files of a log as a crash may have left them. Used once, by one thread.
 *
 * <p>What a crash can leave, given the order in which {@link SegmentedLog} does things: a last segment with anything behind
 * its last durable batch; a new, empty last segment; later segments missing in the midst of a truncation, from the last one
 * on; index files that are missing, half written, of the last segment or without a segment. All segments but the last were
 * durable before the next one was created, so a gap or a bad header among them is corruption.
 */
final class LogRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);
    private static final int SCAN_WINDOW_BYTES = 256 * 1024;

    private final Disk disk;
    private final Path directory;
    private final LogSettings settings;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Segment> notIndexed = new ArrayList<>();
    private long endOffset;

    LogRecovery(Disk disk, Path directory, LogSettings settings) {
        this.disk = disk;
        this.directory = directory;
        this.settings = settings;
    }

    /** What recovery hands over. */
    record Recovered(LogView view, RecoveryReport report) {}

    /**
     * Opens or creates the log; what it holds then is durable.
     *
     * @throws CorruptLogException when segments are not contiguous, or one that is not the last has a bad header
     */
    Recovered recover() throws IOException {
        try {
            disk.createDirectories(directory);
            List<SegmentName> names = segmentNames();
            return names.isEmpty() ? createFirst() : openAll(names);
        } catch (IOException | RuntimeException e) {
            segments.forEach(Segment::release);
            throw e;
        }
    }

    private Recovered createFirst() throws IOException {
        Segment first = Segment.create(disk, new SegmentName(directory, 0), settings);
        segments.add(first);
        disk.syncDirectory(directory);
        return new Recovered(new LogView(segments, 0, 0), new RecoveryReport(1, 0, 0, 0, 0, Optional.empty()));
    }

    private List<SegmentName> segmentNames() throws IOException {
        return disk.list(directory).stream()
                .filter(SegmentName::isLogFile)
                .map(path -> new SegmentName(
                        directory, SegmentName.baseOffsetOf(path).orElseThrow()))
                .toList();
    }

    private Recovered openAll(List<SegmentName> names) throws IOException {
        endOffset = names.get(0).baseOffset();
        for (SegmentName name : names) {
            if (name.baseOffset() != endOffset) {
                throw new CorruptLogException(name.logFile() + ": expected base offset " + endOffset
                        + " where the segment before ends, found " + name.baseOffset());
            }
            Segment segment = Segment.open(disk, name, settings);
            segments.add(segment);
            if (segments.size() < names.size()) {
                load(segment);
            }
        }
        // Nothing was changed so far: what is corrupt stays as it was found.
        deleteIndexesWithoutSegment(names);
        for (Segment segment : notIndexed) {
            segment.rebuildIndexFiles();
        }
        RecoveryReport report = recoverLast();
        if (segments.size() > 1 && last().sizeInBytes() == 0) {
            dropLast();
            report = report.withSegments(segments.size());
        }
        // A process that was killed may have created or deleted files whose names are not durable yet.
        disk.syncDirectory(directory);
        return new Recovered(new LogView(segments, endOffset, 0), report);
    }

    private void load(Segment segment) throws IOException {
        Segment.Loaded loaded = segment.loadSealed();
        if (!loaded.isIndexed()) {
            notIndexed.add(segment);
        }
        endOffset = loaded.endOffset();
    }

    /** A crash just behind the deletion of a segment leaves its indexes. */
    private void deleteIndexesWithoutSegment(List<SegmentName> names) throws IOException {
        for (Path path : disk.list(directory)) {
            var baseOffset = SegmentName.baseOffsetOf(path);
            if (baseOffset.isPresent() && !names.contains(new SegmentName(directory, baseOffset.getAsLong()))) {
                disk.delete(path);
            }
        }
    }

    /** A segment that was begun for an append which the crash took: the next append decides anew. */
    private void dropLast() throws IOException {
        last().delete();
        segments.remove(segments.size() - 1).release();
        last().truncate(last().sizeInBytes(), endOffset);
    }

    private Segment last() {
        return segments.get(segments.size() - 1);
    }

    private RecoveryReport recoverLast() throws IOException {
        Segment last = last();
        long sizeFound = last.sizeInBytes();
        SegmentIndexes indexes = SegmentIndexes.empty(last.baseOffset(), settings.indexIntervalBytes());
        BatchCursor cursor = last.cursor(indexes.last(), SCAN_WINDOW_BYTES);
        long maxTimestamp = SegmentIndexes.NO_TIMESTAMP;
        long firstTimestamp = SegmentIndexes.NO_TIMESTAMP;
        Optional<Defect> defect = Optional.empty();
        while (cursor.hasNext()) {
            defect = cursor.nextDefect().or(cursor::nextCrcDefect);
            if (defect.isPresent()) {
                break;
            }
            BatchHeader header = cursor.next();
            indexes.onBatch(header, cursor.position(), maxTimestamp);
            maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp());
            firstTimestamp = cursor.position() == 0 ? header.maxTimestamp() : firstTimestamp;
        }
        long end = cursor.nextPosition();
        endOffset = cursor.nextOffset();
        int wholeBatchesCut = defect.isPresent() ? wholeBatchesAfter(last, end, endOffset) : 0;
        Optional<String> damage = defect.map(found -> last.name().logFile() + ", " + found.at(end));
        last.recovered(end, maxTimestamp);
        last.activate(indexes, firstTimestamp);
        if (damage.isPresent()) {
            cut(last, end);
        } else {
            // What was read may so far be in memory only: without this a flush of nothing new would promise too much.
            last.force();
        }
        return new RecoveryReport(segments.size(), end, sizeFound - end, wholeBatchesCut, notIndexed.size(), damage);
    }

    private void cut(Segment last, long end) throws IOException {
        last.file().truncate(end);
        last.force();
    }

    /**
     * Sound batches at higher offsets behind the damage, wherever they begin: its length field may be the damage. The bound
     * on the offset keeps random bytes from passing for a header, and large stretches of them from being summed up often.
     */
    private static int wholeBatchesAfter(Segment segment, long damagedPosition, long damagedOffset) {
        FileWindow window = segment.window(SCAN_WINDOW_BYTES);
        int found = 0;
        long position = damagedPosition + 1;
        while (position + BatchHeader.BYTES <= window.endPosition()) {
            var bytes = window.at(position, BatchHeader.BYTES);
            long baseOffset = bytes.getLong(bytes.position());
            boolean isWhole = baseOffset > damagedOffset
                    && baseOffset - segment.baseOffset() <= Integer.MAX_VALUE
                    && RecordBatches.frameDefect(bytes, bytes.position(), window.endPosition() - position)
                            .isEmpty()
                    && BatchCursor.crcDefect(window, position).isEmpty();
            if (isWhole) {
                found++;
                position += BatchHeader.read(
                                window.at(position, BatchHeader.BYTES).slice(), 0)
                        .sizeInBytes();
            } else {
                position++;
            }
        }
        if (found > 0) {
            LOG.atWarn()
                    .addKeyValue("segment", segment.name().logFile())
                    .addKeyValue("position", damagedPosition)
                    .addKeyValue("wholeBatches", found)
                    .log("sound batches lie behind a damaged one and are cut with it");
        }
        return found;
    }
}
