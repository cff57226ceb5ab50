package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One segment: a file that is nothing but batches, and its two indexes. Single writer, many readers.
 *
 * <pre>
 * active --seal--> sealed --truncate--> active
 * </pre>
 *
 * An active segment is written to and has its indexes in memory. A sealed one has them in files ({@link SealedIndexes}).
 */
final class Segment {
    private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
    /** For walking headers: a few small batches, or one header of a large one. */
    private static final int HEADER_WINDOW_BYTES = 8 * 1024;

    private final Disk disk;
    private final SegmentName name;
    private final SegmentFile file;
    private final int indexIntervalBytes;

    // Volatile: written by the writer after the bytes they tell of, read by readers.
    private volatile long sizeInBytes;
    private volatile long maxTimestamp;
    private volatile @Nullable SegmentIndexes activeIndexes;
    /** Asked while there are no active ones. Another one after each change of the files: a slow reader may hold the old. */
    private volatile SealedIndexes sealedIndexes;

    /** Of the first batch: the largest of its records' timestamps. */
    private volatile long firstTimestamp;

    private boolean isHeldByWriter;
    /** Files of another segment have or get the names of this one's. */
    private volatile boolean isReplaced;

    private Segment(Disk disk, SegmentFile file, SegmentName name, LogSettings settings, SegmentState known) {
        this.disk = disk;
        this.name = name;
        this.file = file;
        this.indexIntervalBytes = settings.indexIntervalBytes();
        this.sizeInBytes = known.sizeInBytes();
        this.firstTimestamp = known.firstTimestamp();
        this.maxTimestamp = known.maxTimestamp();
        this.sealedIndexes = unreadIndexes();
    }

    /** A segment that is there, sealed, with nothing known of its batches. Its file is opened when it is needed. */
    static Segment open(Disk disk, OpenFiles openFiles, SegmentName name, LogSettings settings) throws IOException {
        return known(disk, openFiles, name, settings, nothing(name, disk.size(name.logFile())));
    }

    /** A sealed segment of which everything is known. */
    static Segment known(Disk disk, OpenFiles openFiles, SegmentName name, LogSettings settings, SegmentState state) {
        return new Segment(disk, new SegmentFile(disk, name.logFile(), openFiles), name, settings, state);
    }

    /**
     * A segment whose files do not have their names yet. Until it is sealed its file stays open and its indexes in memory,
     * so nothing is looked for under these names.
     */
    static Segment unnamed(
            Disk disk,
            OpenFiles openFiles,
            SegmentName name,
            LogSettings settings,
            SegmentState state,
            DiskFile opened,
            SegmentIndexes indexes)
            throws IOException {
        SegmentFile file = new SegmentFile(disk, name.logFile(), openFiles, opened);
        Segment segment = new Segment(disk, file, name, settings, state);
        segment.activate(indexes, state.firstTimestamp());
        segment.writable();
        return segment;
    }

    /** Creates the file of a new, active segment. Its name is durable after a sync of the directory. */
    static Segment create(Disk disk, OpenFiles openFiles, SegmentName name, LogSettings settings) throws IOException {
        try (DiskFile created = disk.open(name.logFile())) {
            if (created.size() > 0) {
                throw new IOException(name.logFile() + ": expected no such file, found " + created.size() + " bytes");
            }
        }
        Segment segment = known(disk, openFiles, name, settings, nothing(name, 0));
        segment.activate(
                SegmentIndexes.empty(name.baseOffset(), settings.indexIntervalBytes()), SegmentIndexes.NO_TIMESTAMP);
        return segment;
    }

    private static SegmentState nothing(SegmentName name, long sizeInBytes) {
        return new SegmentState(
                name.baseOffset(),
                sizeInBytes,
                name.baseOffset(),
                SegmentIndexes.NO_TIMESTAMP,
                SegmentIndexes.NO_TIMESTAMP);
    }

    /** What a checkpoint says of the segment, all of which is durable. For the writer. */
    SegmentState state(long endOffset) {
        return new SegmentState(name.baseOffset(), sizeInBytes, endOffset, firstTimestamp, maxTimestamp);
    }

    long baseOffset() {
        return name.baseOffset();
    }

    SegmentName name() {
        return name;
    }

    long sizeInBytes() {
        return sizeInBytes;
    }

    /** Largest timestamp of all batches, or {@link SegmentIndexes#NO_TIMESTAMP}. */
    long maxTimestamp() {
        return maxTimestamp;
    }

    /**
     * Largest timestamp of the first batch, or {@link SegmentIndexes#NO_TIMESTAMP}: of an active segment that has none, or of a
     * sealed one that was opened without a checkpoint.
     */
    long firstTimestamp() {
        return firstTimestamp;
    }

    /** The open file. The caller holds the segment. */
    DiskFile file() {
        return file.opened();
    }

    /**
     * Opens the file where it is not, and keeps it open until {@link #release}.
     *
     * @throws IllegalStateException when the log is closed, or the segment is no longer part of it
     * @throws LogException when the file cannot be opened
     */
    void retain() {
        try {
            file.acquire();
        } catch (IOException e) {
            throw new LogException(name.logFile() + ": cannot be opened", e);
        }
    }

    void release() {
        file.release();
    }

    /** The writer's: keeps the file open from here on, until the segment is sealed or dropped. */
    private DiskFile writable() throws IOException {
        if (!isHeldByWriter) {
            file.acquire();
            isHeldByWriter = true;
        }
        return file.opened();
    }

    /** The writer lets the file go until it writes again; nothing written is left that is not durable. */
    void releaseByWriter() {
        if (isHeldByWriter) {
            isHeldByWriter = false;
            file.release();
        }
    }

    /** The log has no more use for it: closed behind its last reader, and not opened again. For the writer. */
    void drop() {
        file.drop();
        releaseByWriter();
    }

    /** As {@link #drop}, before the files of another segment get the names of this one's. For the writer. */
    void dropReplaced() {
        isReplaced = true;
        drop();
    }

    /** Walks the batches from an indexed place to the end. The caller holds the file. */
    BatchCursor cursor(SegmentIndexes.Start start) {
        return cursor(start, HEADER_WINDOW_BYTES);
    }

    /** As {@link #cursor(SegmentIndexes.Start)}, from any place between two batches. */
    BatchCursor cursor(long position, long baseOffset) {
        return new BatchCursor(window(HEADER_WINDOW_BYTES), position, baseOffset);
    }

    BatchCursor cursor(SegmentIndexes.Start start, int windowBytes) {
        return new BatchCursor(window(windowBytes), start.position(), start.baseOffset());
    }

    FileWindow window(int windowBytes) {
        return new FileWindow(file(), name.logFile(), sizeInBytes, windowBytes);
    }

    /** Writes batches behind the last one. After an exception a part of them may lie behind the segment's end. */
    void append(ByteBuffer[] bytes, List<BatchHeader> headers) throws IOException {
        SegmentIndexes indexes = requireActive();
        long position = sizeInBytes;
        if (position == 0) {
            firstTimestamp = headers.get(0).maxTimestamp();
        }
        long written = writable().write(bytes, position);
        long newMaxTimestamp = maxTimestamp;
        for (BatchHeader header : headers) {
            indexes.onBatch(header, position, newMaxTimestamp);
            newMaxTimestamp = Math.max(newMaxTimestamp, header.maxTimestamp());
            position += header.sizeInBytes();
        }
        if (position != sizeInBytes + written) {
            throw new AssertionError(
                    name.logFile() + ": wrote " + written + " bytes, the headers say " + (position - sizeInBytes));
        }
        maxTimestamp = newMaxTimestamp;
        sizeInBytes = position;
    }

    /** Cuts off what a failed append left behind the segment's end, durably: else a power cut could bring it back. */
    void cutFailedAppend() throws IOException {
        writable().truncate(sizeInBytes);
        writable().force();
    }

    /** Makes the batches durable. */
    void force() throws IOException {
        writable().force();
    }

    /** Writes the index files; durable on return but for their names. The segment stays active. */
    void writeIndexes() throws IOException {
        writeIndexes(requireActive(), name.indexFile(), name.timeIndexFile());
    }

    private void writeIndexes(SegmentIndexes indexes, Path indexFile, Path timeIndexFile) throws IOException {
        IndexFile.ofOffsets(disk, indexFile, name.baseOffset(), indexIntervalBytes)
                .write(indexes.offsets().entries());
        IndexFile.ofTimes(disk, timeIndexFile, name.baseOffset(), indexIntervalBytes)
                .write(indexes.times().entries());
    }

    /** Gives the memory of the indexes back, which have to be in their files; the batches have to be durable. */
    void seal() {
        requireActive();
        sealedIndexes = unreadIndexes();
        activeIndexes = null;
        releaseByWriter();
    }

    /** An {@link #unnamed} segment is sealed once its files have their names. They are opened under these from here on. */
    void named() {
        seal();
        file.closeIfIdle();
    }

    /** Makes the segment the one that is written to, with these indexes. */
    void activate(SegmentIndexes indexes, long newFirstTimestamp) {
        activeIndexes = indexes;
        firstTimestamp = newFirstTimestamp;
    }

    /** Cuts the file; durable on return. The segment is active then. */
    void truncate(long position, long endOffset) throws IOException {
        writable();
        SegmentIndexes kept = allIndexes().before(endOffset);
        // Durable before the file is cut: a missing index is rebuilt, one that names batches which are gone is trusted
        // if it
        // comes back when the segment is sealed again.
        if (deleteIndexFiles()) {
            disk.syncDirectory(name.directory());
        }
        sizeInBytes = position;
        maxTimestamp = maxTimestampFrom(kept.last(), cursor(kept.last().start()));
        activate(kept, position == 0 ? SegmentIndexes.NO_TIMESTAMP : readFirstTimestamp());
        writable().truncate(position);
        writable().force();
    }

    /** Deletes all files of the segment, durably; readers that hold it can go on. It has to be dropped before. */
    void delete() throws IOException {
        deleteFiles();
        disk.syncDirectory(name.directory());
    }

    /** Deletes all files of the segment; durable after a sync of the directory. It has to be dropped before. */
    void deleteFiles() throws IOException {
        disk.delete(name.logFile());
        deleteIndexFiles();
    }

    /** Whether there were any. */
    private boolean deleteIndexFiles() throws IOException {
        boolean isFound = false;
        for (Path file : List.of(name.indexFile(), name.timeIndexFile())) {
            if (disk.exists(file)) {
                disk.delete(file);
                isFound = true;
            }
        }
        return isFound;
    }

    private SealedIndexes unreadIndexes() {
        return new SealedIndexes(
                this,
                IndexFile.ofOffsets(disk, name, indexIntervalBytes),
                IndexFile.ofTimes(disk, name, indexIntervalBytes));
    }

    /** The last indexed batch that begins at or before an offset. The caller holds the file. */
    SegmentIndexes.Start startFor(long offset) {
        return startBefore(offset, Integer.MAX_VALUE);
    }

    /** The last indexed batch that begins at or before an offset and at or before a position. The caller holds the file. */
    SegmentIndexes.Start startBefore(long offset, long position) {
        SegmentIndexes active = activeIndexes;
        return active != null ? active.before(offset, position) : sealedIndexes.before(offset, position);
    }

    /** The last indexed batch before which no record is as young as {@code timestamp}. The caller holds the file. */
    SegmentIndexes.Start startForTimestamp(long timestamp) {
        SegmentIndexes active = activeIndexes;
        return active != null ? active.forTimestamp(timestamp) : sealedIndexes.forTimestamp(timestamp);
    }

    /** All entries. The caller holds the file. */
    private SegmentIndexes allIndexes() throws IOException {
        SegmentIndexes active = activeIndexes;
        return active != null ? active : readIndexes().orElseGet(this::rebuildIndexes);
    }

    /** What was read of the index files may be of the segment that took this one's place. */
    void requireNotReplaced() {
        if (isReplaced) {
            throw new IllegalStateException(name.indexFile() + " was replaced");
        }
    }

    /** Makes the indexes in memory from the headers; the files stay as they are. The caller holds the file. */
    SegmentIndexes rebuildIndexes() {
        requireNotReplaced();
        LOG.atWarn()
                .addKeyValue("segment", name.logFile())
                .log("an index is missing or wrong; the segment's headers are read instead");
        return walk().indexes();
    }

    /** What the index files say, if they are sound. */
    private Optional<SegmentIndexes> readIndexes() throws IOException {
        Optional<IndexEntries> offsets =
                IndexFile.ofOffsets(disk, name, indexIntervalBytes).read();
        Optional<IndexEntries> times =
                IndexFile.ofTimes(disk, name, indexIntervalBytes).read();
        if (offsets.isEmpty() || times.isEmpty()) {
            return Optional.empty();
        }
        SegmentIndexes found = new SegmentIndexes(
                name.baseOffset(), indexIntervalBytes, new OffsetIndex(offsets.get()), new TimeIndex(times.get()));
        return found.isSound(sizeInBytes) ? Optional.of(found) : Optional.empty();
    }

    /**
     * Learns of a sealed segment what its headers tell, from the last index entry on, or all of them when the index files
     * are missing or wrong. Changes no file.
     *
     * @throws CorruptLogException when the segment is not whole batches in a row
     */
    Loaded loadSealed() throws IOException {
        Optional<SegmentIndexes.Last> last = sealedIndexes.last();
        if (last.isPresent()) {
            try {
                BatchCursor cursor = cursor(last.get().start());
                maxTimestamp = maxTimestampFrom(last.get(), cursor);
                return new Loaded(cursor.nextOffset(), true);
            } catch (CorruptLogException e) {
                // Either the entry or the segment is wrong: the walk from the start will tell.
                LOG.atWarn().addKeyValue("segment", name.logFile()).setCause(e).log("the last index entry is wrong");
            }
        }
        Walked walked = walk();
        maxTimestamp = walked.maxTimestamp();
        return new Loaded(walked.endOffset(), false);
    }

    /** What {@link #loadSealed} found: the end offset (exclusive), and whether the index files can be used. */
    record Loaded(long endOffset, boolean isIndexed) {}

    /**
     * Writes the index files of a sealed segment anew, from its headers. A checkpoint may speak for the segment already, and
     * then nobody looks into files that are there: they get their names when they are whole. Durable but for the names.
     */
    void rebuildIndexFiles() throws IOException {
        SegmentSwap swap = new SegmentSwap(disk, name);
        writeIndexes(walk().indexes(), swap.cleanedIndexFile(), swap.cleanedTimeIndexFile());
        swap.nameIndexes();
        sealedIndexes = unreadIndexes();
    }

    /** What all headers say. */
    private record Walked(SegmentIndexes indexes, long endOffset, long maxTimestamp) {}

    private Walked walk() {
        SegmentIndexes indexes = SegmentIndexes.empty(name.baseOffset(), indexIntervalBytes);
        BatchCursor cursor = cursor(SegmentIndexes.Start.ofSegment(name.baseOffset()));
        long max = SegmentIndexes.NO_TIMESTAMP;
        while (cursor.hasNext()) {
            BatchHeader header = cursor.next();
            indexes.onBatch(header, cursor.position(), max);
            max = Math.max(max, header.maxTimestamp());
        }
        return new Walked(indexes, cursor.nextOffset(), max);
    }

    private long readFirstTimestamp() {
        return cursor(SegmentIndexes.Start.ofSegment(name.baseOffset())).next().maxTimestamp();
    }

    /**
     * The indexes of a prefix of the segment, which is all that the segment is taken for so far.
     *
     * @throws CorruptLogException when they have to be rebuilt and the prefix is not whole batches in a row
     */
    SegmentIndexes indexesOf(SegmentState prefix) throws IOException {
        if (prefix.sizeInBytes() == 0) {
            return SegmentIndexes.empty(name.baseOffset(), indexIntervalBytes);
        }
        return readIndexes().map(found -> found.before(prefix.endOffset())).orElseGet(() -> {
            retain();
            try {
                return rebuildIndexes();
            } finally {
                release();
            }
        });
    }

    /** For recovery, which walks the last segment itself. */
    void recovered(long newSizeInBytes, long newMaxTimestamp) {
        sizeInBytes = newSizeInBytes;
        maxTimestamp = newMaxTimestamp;
    }

    private static long maxTimestampFrom(SegmentIndexes.Last last, BatchCursor cursor) {
        long max = last.maxTimestampBefore();
        while (cursor.hasNext()) {
            max = Math.max(max, cursor.next().maxTimestamp());
        }
        return max;
    }

    private SegmentIndexes requireActive() {
        SegmentIndexes active = activeIndexes;
        if (active == null) {
            throw new IllegalStateException(name.logFile() + " is sealed");
        }
        return active;
    }
}
