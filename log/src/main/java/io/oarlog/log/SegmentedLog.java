package io.oarlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition: batches in a row, in segments that a directory of its own holds. Thread-safe; appends, flushes
 * and truncations wait for each other, reads wait for nobody.
 *
 * <p>Offsets rise without gaps. A segment is sealed, with everything in it durable, before the next one is created; where it
 * ends follows from the appends alone, so replicas that make the same appends have the same files.
 *
 * <p>After a write or an fsync failed, whatever it threw, nobody knows what is on disk: the log is fenced, takes no more
 * appends, and answers reads of what it had. A full disk is the exception: what an append had written by then is cut off
 * again, and the log goes on as if the append had never been tried.
 *
 * <p>A log that was closed flushed is opened again without looking at its segments ({@link LogCheckpoint}).
 */
public final class SegmentedLog implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentedLog.class);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();
    private static final int DEFAULT_MAX_OPEN_SEGMENTS = 1_000;

    private final Disk disk;
    private final Path directory;
    private volatile LogSettings settings; // written under writeLock
    private final OpenFiles openFiles;
    private final RecoveryReport recovery;
    private final Object writeLock = new Object();

    private volatile LogView view; // written under writeLock
    private boolean isFlushed = true; // guarded by writeLock
    private volatile boolean isClosed; // written under writeLock
    private @Nullable Throwable fault; // guarded by writeLock
    /** Held by the one compaction that may run; taken before writeLock. */
    private final Object compactionLock = new Object();

    private volatile CompactionProgress compaction; // written under writeLock

    /** The one on disk, as far as this process wrote or read it. */
    private @Nullable LogCheckpoint checkpoint; // guarded by writeLock

    private SegmentedLog(
            Disk disk, Path directory, LogSettings settings, OpenFiles openFiles, LogRecovery.Recovered recovered) {
        this.disk = disk;
        this.directory = directory;
        this.settings = settings;
        this.openFiles = openFiles;
        this.recovery = recovered.report();
        this.view = recovered.view();
        this.checkpoint = recovered.checkpoint().orElse(null);
        this.compaction = recovered.compaction();
    }

    /** Opens a log that shares its open files with no other. */
    public static SegmentedLog open(Disk disk, Path directory, LogSettings settings) {
        return open(disk, directory, settings, new OpenFiles(DEFAULT_MAX_OPEN_SEGMENTS));
    }

    /**
     * Opens the log in a directory, or creates it there. Everything behind the first batch that is not whole is cut off the
     * last segment; what the log holds on return is durable.
     *
     * @param openFiles of all logs of the process
     * @throws CorruptLogException when a sealed segment is missing or damaged; nothing is changed then
     * @throws LogException when the files cannot be read or written
     */
    public static SegmentedLog open(Disk disk, Path directory, LogSettings settings, OpenFiles openFiles) {
        return open(disk, directory, settings, openFiles, RequiredOffsets.NONE);
    }

    /**
     * As {@link #open(Disk, Path, LogSettings, OpenFiles)}, when it is known what of the log was durable.
     *
     * @throws CorruptLogException also when any of that is not there, or not sound; nothing is changed then, see
     *     {@link LogRepair}
     */
    public static SegmentedLog open(
            Disk disk, Path directory, LogSettings settings, OpenFiles openFiles, RequiredOffsets required) {
        try {
            LogRecovery.Recovered recovered = new LogRecovery(disk, directory, settings, openFiles, required).recover();
            return new SegmentedLog(disk, directory, settings, openFiles, recovered);
        } catch (IOException e) {
            throw new LogException(directory + ": the log cannot be opened", e);
        }
    }

    /** Cuts new segments otherwise from now on. */
    public void configure(int segmentBytes, long segmentMillis) {
        synchronized (writeLock) {
            settings = settings.withSegmentBytes(segmentBytes).withSegmentMillis(segmentMillis);
        }
    }

    /** Size at which a new segment is begun now. */
    public int segmentBytes() {
        return settings.segmentBytes();
    }

    /** What opening found. */
    public RecoveryReport recovery() {
        return recovery;
    }

    /** First offset that can be read, inclusive; it may lie inside a batch. */
    public long startOffset() {
        return view.startOffset();
    }

    /** First offset whose bytes are still there, inclusive; at or below the start offset, or above it when the log is empty. */
    public long firstStoredOffset() {
        return view.segments().get(0).baseOffset();
    }

    /** Offset that the next record gets. */
    public long endOffset() {
        return view.endOffset();
    }

    /**
     * Appends batches that are placed at the end of the log; they are durable after the next {@link #flush}. All go into one
     * segment, so they can be read back in one piece.
     *
     * @param pieces bytes of all batches in order, each piece from position to limit; left untouched
     * @param headers of the same batches
     * @throws IllegalArgumentException when the bytes are not these batches, or do not follow the end; nothing is written
     * @throws DiskFullException when there is no room for them; nothing is appended
     * @throws LogFencedException when this or an earlier write failed
     */
    public void append(List<ByteBuffer> pieces, List<BatchHeader> headers) {
        synchronized (writeLock) {
            LogView current = writable();
            long bytes = BatchPieces.check(pieces, headers, current.endOffset());
            if (headers.isEmpty()) {
                return;
            }
            try {
                if (isRollDue(current.last(), headers, bytes)) {
                    current = roll(current);
                }
                isFlushed = false;
                current.last().append(pieces.toArray(ByteBuffer[]::new), headers);
            } catch (NoSpaceException e) {
                throw diskFull(current.last(), e);
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            }
            view = current.withEndOffset(headers.get(headers.size() - 1).nextOffset());
        }
    }

    /**
     * Begins another segment, unless the last one is empty, whatever the settings say; all before it is durable on return.
     *
     * @throws LogFencedException when this or an earlier write failed
     */
    public void roll() {
        synchronized (writeLock) {
            LogView current = writable();
            if (current.last().sizeInBytes() > 0) {
                var unused = rollOrFence(current);
            }
        }
    }

    /**
     * Makes everything that was appended durable.
     *
     * @throws LogFencedException when this or an earlier write failed
     */
    public void flush() {
        synchronized (writeLock) {
            LogView current = writable();
            try {
                forceUnflushed(current);
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            }
        }
    }

    /**
     * Cuts off everything at {@code newEndOffset} and above; durable on return. A segment that loses all of its batches goes,
     * so that the files are what they would be had the rest never been appended.
     *
     * @param newEndOffset where a batch begins; at or above the end nothing is cut
     * @throws IllegalArgumentException when it lies below the start or inside a batch; nothing is cut
     * @throws LogFencedException when this or an earlier write failed; reads find nothing above the new end then
     */
    public void truncateTo(long newEndOffset) {
        synchronized (writeLock) {
            LogView current = writable();
            long target = Math.min(newEndOffset, current.endOffset());
            if (target == current.endOffset()) {
                return;
            }
            if (target < current.startOffset()) {
                throw new IllegalArgumentException(
                        directory + ": cannot truncate to " + target + ", the log starts at " + current.startOffset());
            }
            int kept = segmentToKeep(current, target);
            long position = positionOf(current.segments().get(kept), target);
            List<Segment> removed =
                    current.segments().subList(kept + 1, current.segments().size());
            // Before any file changes: readers see nothing of what goes from here on, and after a failure they go on
            // below the cut.
            LogView cut = current.truncated(kept, target);
            view = cut;
            compaction = compaction.truncatedTo(target);
            try {
                forceUnflushed(current);
                removed.forEach(Segment::drop);
                // Durable before the files change: it says that they do not.
                writeCheckpoint(cut, sealedStates(cut));
                disk.syncDirectory(directory);
                deleteFromTheLast(removed);
                current.segments().get(kept).truncate(position, target);
                isFlushed = true;
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            } finally {
                // Who looked at a file while it was cut asks again.
                view = cut.withTruncation();
                removed.forEach(Segment::drop);
            }
        }
    }

    /**
     * Moves the start of the log up: what lies below cannot be read from now on. At once, but durable only with the next
     * {@link #deleteObsoleteSegments}; until then a crash may bring the old start back.
     *
     * @param newStartOffset at or below the end; at or below the present start nothing happens
     * @throws IllegalArgumentException when it lies above the end
     */
    public void advanceStartOffset(long newStartOffset) {
        synchronized (writeLock) {
            LogView current = view;
            if (newStartOffset > current.endOffset()) {
                throw new IllegalArgumentException(
                        directory + ": cannot start at " + newStartOffset + ", the log ends at " + current.endOffset());
            }
            if (newStartOffset > current.startOffset()) {
                view = current.withStartOffset(newStartOffset);
            }
        }
    }

    /**
     * Deletes the segments that lie below the start offset as a whole; this and the start are durable on return. When all records do, the last
     * segment is one of them, and an empty one takes its place.
     *
     * @return how many were deleted
     * @throws LogFencedException when an earlier write failed, or the last segment could not be replaced
     * @throws LogException when the files cannot be deleted; what is left of them is deleted by the next call or start
     */
    public int deleteObsoleteSegments() {
        List<Segment> obsolete;
        synchronized (writeLock) {
            LogView current = writable();
            if (current.startOffset() == current.endOffset() && current.last().sizeInBytes() > 0) {
                current = rollOrFence(current);
            }
            int count = current.obsoleteSegments();
            if (count == 0 && durableStartOffset() == current.startOffset()) {
                return 0;
            }
            LogView left = current.withoutFirst(count);
            obsolete = current.segments().subList(0, count);
            flush();
            try {
                // Before they go: what is listed has to be there.
                writeCheckpoint(left, sealedStates(left));
                disk.syncDirectory(directory);
            } catch (IOException e) {
                throw new LogException(directory + ": the checkpoint cannot be written", e);
            }
            view = left;
            obsolete.forEach(Segment::drop);
        }
        try {
            for (Segment segment : obsolete) {
                segment.deleteFiles();
            }
            disk.syncDirectory(directory);
        } catch (IOException e) {
            throw new LogException(directory + ": obsolete segments cannot be deleted", e);
        }
        return obsolete.size();
    }

    /**
     * Forgets everything and goes on at an offset above the end, for a replica whose peers do not have the records between
     * any more; durable on return.
     *
     * @throws IllegalArgumentException when the offset does not lie above the end; nothing is changed
     * @throws LogFencedException when this or an earlier write failed
     */
    public void startAnewAt(long newStartOffset) {
        synchronized (writeLock) {
            LogView current = writable();
            if (newStartOffset <= current.endOffset()) {
                throw new IllegalArgumentException(directory + ": cannot start anew at " + newStartOffset
                        + ", the log ends at " + current.endOffset());
            }
            try {
                // From here on recovery finishes what is begun: the log ends below its start.
                compaction = CompactionProgress.NONE;
                new LogCheckpoint(newStartOffset, compaction, List.of()).write(disk, directory);
                disk.syncDirectory(directory);
                Segment first = Segment.create(disk, openFiles, new SegmentName(directory, newStartOffset), settings);
                disk.syncDirectory(directory);
                view = new LogView(
                        List.of(first), newStartOffset, newStartOffset, current.truncations() + 1, current.rewrites());
                isFlushed = true;
                for (Segment segment : current.segments()) {
                    segment.drop();
                    segment.deleteFiles();
                }
                disk.syncDirectory(directory);
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            }
        }
    }

    /**
     * Removes the records that newer ones of the same key supersede, by the rules of {@link BatchCompactor}, from sealed
     * segments that lie below an offset as a whole. Offsets stay: what a batch lost is a gap in it, and batches that lost
     * everything are an empty one. Small neighbours become one segment. Durable on return.
     *
     * <p>Reads and appends go on meanwhile. One compaction runs at a time, others wait; one whose segments are truncated,
     * deleted or closed gives up.
     *
     * <p>An empty batch may reach over many offsets, so a reader that was told an older end offset finds nothing below it.
     *
     * @param endOffsetExclusive nothing below is ever truncated: the high watermark
     * @throws DiskFullException when there is no room for the cleaned segments; the log is as it was, or cleaned in part
     * @throws CorruptLogException when a segment holds something else than what was written; likewise
     * @throws LogException when a cleaned segment cannot be written; likewise
     * @throws LogFencedException when this or an earlier write failed
     */
    public CompactionReport compact(CompactionPolicy policy, long endOffsetExclusive, long nowMillis) {
        synchronized (compactionLock) {
            synchronized (writeLock) {
                writable();
            }
            try {
                return new LogCompaction(this, policy, endOffsetExclusive, nowMillis).run();
            } catch (NoSpaceException e) {
                throw new DiskFullException(directory + ": no room to compact: " + e.getMessage(), e);
            } catch (IOException e) {
                throw new LogException(directory + ": cannot be compacted", e);
            }
        }
    }

    /**
     * From here on all bytes are as they were appended. Below, a compaction may have replaced them, also one that did not
     * come to its end; known over a restart. When the checkpoint was lost, anything but the last segment may be rewritten.
     */
    public long rewrittenEndOffset() {
        return compaction.rewrittenEndOffset();
    }

    /** How often compaction has replaced segments since the log was opened: as long as it stays the same, so do the bytes. */
    public int rewrites() {
        return view.rewrites();
    }

    /** What {@link #compact} would find now. */
    public CompactionBacklog compactionBacklog(CompactionPolicy policy, long endOffsetExclusive, long nowMillis) {
        return CleanableSegments.of(view, compaction.compactedEndOffset(), policy, endOffsetExclusive, nowMillis)
                .backlog();
    }

    /**
     * Looks at the checksums of all batches that begin below an offset, and at their leader epochs, as far as those are known.
     *
     * @param known up to where to look: nothing below is ever truncated
     * @param isWanted asked with the size of each batch before it is read; no more are when it says false
     * @throws CorruptLogException at the first that is damaged
     */
    public void checkBatches(RequiredOffsets known, LongPredicate isWanted) {
        // One segment after another: it can take long, and what is replaced or deleted meanwhile is no reason to begin
        // anew.
        long offset = 0;
        while (offset < known.endOffset()) {
            long from = offset;
            offset = ask(seen -> {
                int number = seen.segmentNumber(from);
                boolean goesOn = with(seen.segments().get(number), reader -> reader.areSoundBelow(known, isWanted));
                boolean isLast = number == seen.segments().size() - 1;
                return goesOn && !isLast ? seen.endOffsetOf(number) : Long.MAX_VALUE;
            });
        }
    }

    // For the compaction that runs.

    LogView view() {
        return view;
    }

    long compactedEndOffset() {
        return compaction.compactedEndOffset();
    }

    CleanedSegment createCleaned(SegmentName name) throws IOException {
        return CleanedSegment.create(disk, name, settings);
    }

    /** @param truncations that there had been when it began */
    boolean isCompactionCancelled(int truncations) {
        return isClosed || view.truncations() != truncations;
    }

    /**
     * Puts a cleaned segment, durable, in the place of those that it was made of.
     *
     * @return false when some of them are gone; nothing is changed then
     * @throws IOException when nothing was changed
     * @throws LogFencedException when something was: then the next start makes it whole
     */
    boolean replace(List<Segment> replaced, CleanedSegment cleaned, int truncations) throws IOException {
        synchronized (writeLock) {
            if (isCompactionCancelled(truncations) || !view.segments().containsAll(replaced)) {
                return false;
            }
            flush();
            Segment replacement = cleaned.toSegment(openFiles);
            LogView swapped = view.replaced(replaced, replacement);
            CompactionProgress progress = compaction.withRewrittenTo(endOffsetOf(replacement, swapped));
            LogCheckpoint next = new LogCheckpoint(swapped.startOffset(), progress, sealedStates(swapped));
            try {
                // What needs room on the disk comes before the commit.
                next.prepare(disk, directory);
                cleaned.commit();
            } catch (IOException | RuntimeException | Error e) {
                replacement.drop();
                throw e;
            }
            try {
                // Before its bytes can be read: who finds others than were appended asks whether they may be rewritten.
                compaction = progress;
                // Readers need no names for it, and nobody opens the old files from here on, whose names it gets.
                view = swapped;
                replaced.forEach(Segment::dropReplaced);
                disk.syncDirectory(directory);
                next.replace(disk, directory);
                checkpoint = next;
                disk.syncDirectory(directory);
                cleaned.takeNames(replaced);
                replacement.named();
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            }
            return true;
        }
    }

    /** Notes that nothing below an offset is superseded; false when the log was truncated meanwhile. */
    boolean onCompacted(long newCompactedEndOffset, int truncations) throws IOException {
        synchronized (writeLock) {
            if (isCompactionCancelled(truncations)) {
                return false;
            }
            flush();
            compaction = compaction.withCompactedEndOffset(newCompactedEndOffset);
            writeCheckpoint(view, sealedStates(view));
            disk.syncDirectory(directory);
            return true;
        }
    }

    /** What the segments are, in order, for {@link RetentionPolicy}. */
    public List<SegmentSummary> segments() {
        LogView seen = view;
        List<SegmentSummary> summaries = new ArrayList<>();
        for (int i = 0; i < seen.segments().size(); i++) {
            Segment segment = seen.segments().get(i);
            summaries.add(new SegmentSummary(
                    segment.baseOffset(), seen.endOffsetOf(i), segment.sizeInBytes(), segment.maxTimestamp()));
        }
        return summaries;
    }

    /**
     * Reads whole batches from the one that holds {@code offset} on, all of one segment.
     *
     * @param maxBytes bound on the result, but for the first batch, which is returned whatever its size
     * @param endOffsetExclusive batches that reach beyond are left out
     * @return heap buffer from position to limit; empty when there is no such batch
     * @throws IllegalArgumentException when the offset lies below the start or above the end
     * @throws CorruptLogException when the files hold something else than what was written
     */
    public ByteBuffer read(long offset, int maxBytes, long endOffsetExclusive) {
        return read(LogView::startOffset, offset, maxBytes, endOffsetExclusive);
    }

    /** As {@link #read}, also below the start offset where the bytes are still there: for a replica that lags. */
    public ByteBuffer readStored(long offset, int maxBytes, long endOffsetExclusive) {
        return read(seen -> seen.segments().get(0).baseOffset(), offset, maxBytes, endOffsetExclusive);
    }

    /**
     * As {@link #read}, left in the file to be sent from there.
     *
     * @param minBytes a run of batches that is shorter is better read
     * @param endOffsetExclusive nothing below is ever truncated, else the region ends up with other bytes
     * @return to be closed; nothing when there are fewer bytes, or the first batch is larger than {@code maxBytes}
     * @throws IllegalArgumentException when the offset lies below the start or above the end
     */
    public Optional<LogRegion> region(long offset, int minBytes, int maxBytes, long endOffsetExclusive) {
        Function<LogView, Optional<LogRegion>> find = seen -> {
            requireWithin(seen, seen.startOffset(), offset);
            long end = Math.min(endOffsetExclusive, seen.endOffset());
            if (offset >= end) {
                return Optional.empty();
            }
            return with(
                    seen.segments().get(seen.segmentNumber(offset)),
                    reader -> reader.region(offset, minBytes, maxBytes, end));
        };
        return ask(find, outdated -> outdated.ifPresent(LogRegion::close));
    }

    private void requireWithin(LogView seen, long startOffset, long offset) {
        if (offset < startOffset || offset > seen.endOffset()) {
            throw new IllegalArgumentException(
                    directory + ": offset " + offset + " is not in " + startOffset + " to " + seen.endOffset());
        }
    }

    private ByteBuffer read(ToLongFunction<LogView> start, long offset, int maxBytes, long endOffsetExclusive) {
        return ask(seen -> {
            requireWithin(seen, start.applyAsLong(seen), offset);
            long end = Math.min(endOffsetExclusive, seen.endOffset());
            if (offset >= end) {
                return NOTHING;
            }
            return with(
                    seen.segments().get(seen.segmentNumber(offset)),
                    reader -> reader.read(offset, maxBytes, end, settings.indexIntervalBytes()));
        });
    }

    /**
     * The header of the batch that holds an offset.
     *
     * @return nothing when the batch reaches beyond {@code endOffsetExclusive}
     * @throws IllegalArgumentException when the offset lies below the start or above the end
     */
    Optional<BatchHeader> header(long offset, long endOffsetExclusive) {
        return ask(seen -> {
            requireWithin(seen, seen.startOffset(), offset);
            long end = Math.min(endOffsetExclusive, seen.endOffset());
            return offset >= end
                    ? Optional.empty()
                    : Optional.of(with(
                                    seen.segments().get(seen.segmentNumber(offset)), reader -> reader.header(offset)))
                            .filter(header -> header.nextOffset() <= end);
        });
    }

    /** The first record from the start offset on and below {@code endOffsetExclusive} whose timestamp is {@code timestamp} or larger. */
    public Optional<TimestampOffset> offsetForTimestamp(long timestamp, long endOffsetExclusive) {
        return ask(seen -> {
            long end = Math.min(endOffsetExclusive, seen.endOffset());
            for (Segment segment : seen.segments()) {
                Optional<TimestampOffset> found =
                        with(segment, reader -> reader.firstAtOrAfter(timestamp, seen.startOffset(), end));
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        });
    }

    /**
     * Shows the headers of all batches that end above {@code fromOffset} and at or below {@code endOffsetExclusive}, in
     * order. Beside a truncation or a compaction some may be shown twice.
     */
    public void forEachBatch(long fromOffset, long endOffsetExclusive, Consumer<BatchHeader> consumer) {
        ask(seen -> {
            long from = Math.max(fromOffset, seen.startOffset());
            long end = Math.min(endOffsetExclusive, seen.endOffset());
            if (from < end) {
                List<Segment> segments = seen.segments();
                for (Segment segment : segments.subList(seen.segmentNumber(from), segments.size())) {
                    with(segment, reader -> {
                        reader.forEach(from, end, consumer);
                        return Boolean.TRUE;
                    });
                }
            }
            return Boolean.TRUE;
        });
    }

    /** Closes the log and deletes its directory. A crash midway leaves a part of it, which can be deleted again. */
    public void delete() {
        close();
        try {
            disk.deleteRecursively(directory);
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                disk.syncDirectory(parent);
            }
        } catch (IOException e) {
            throw new LogException(directory + ": the log cannot be deleted", e);
        }
    }

    /** Closes the files once the reads that are under way are done. Does not flush; a log that was is opened quickly again. */
    @Override
    public void close() {
        synchronized (writeLock) {
            if (!isClosed) {
                if (isFlushed && fault == null) {
                    checkpointAll();
                }
                isClosed = true;
                view.segments().forEach(Segment::drop);
            }
        }
        awaitCompaction();
    }

    /** It notices soon that the log is closed; then its files are gone too, and whoever opens the log again is alone. */
    private void awaitCompaction() {
        synchronized (compactionLock) {
            // Nothing to do: it has ended.
        }
    }

    /** The last segment as well: it gets no more batches before the log is opened again. */
    private void checkpointAll() {
        LogView current = view;
        List<SegmentState> states = new ArrayList<>(sealedStates(current));
        states.add(current.last().state(current.endOffset()));
        if (new LogCheckpoint(current.startOffset(), compaction, states).equals(checkpoint)) {
            return;
        }
        try {
            current.last().writeIndexes();
            writeCheckpoint(current, states);
            disk.syncDirectory(directory);
        } catch (IOException | RuntimeException e) {
            LOG.atWarn().addKeyValue("log", directory).setCause(e).log("no checkpoint; the next start has to scan");
        }
    }

    /** A checkpoint's start must never be above a durable end: then recovery would take the log for one begun anew. */
    private void forceUnflushed(LogView current) throws IOException {
        if (!isFlushed) {
            current.last().force();
            isFlushed = true;
        }
    }

    private void writeCheckpoint(LogView of, List<SegmentState> states) throws IOException {
        LogCheckpoint written = new LogCheckpoint(of.startOffset(), compaction, states);
        written.write(disk, directory);
        checkpoint = written;
    }

    /** Where recovery would let the log start now. */
    private long durableStartOffset() {
        LogCheckpoint written = checkpoint;
        return written == null ? firstStoredOffset() : written.startOffset();
    }

    private static long endOffsetOf(Segment segment, LogView of) {
        return of.endOffsetOf(of.segments().indexOf(segment));
    }

    private static List<SegmentState> sealedStates(LogView of) {
        List<SegmentState> states = new ArrayList<>();
        for (int i = 0; i < of.segments().size() - 1; i++) {
            states.add(of.segments().get(i).state(of.endOffsetOf(i)));
        }
        return states;
    }

    private LogView writable() {
        if (isClosed) {
            throw new IllegalStateException(directory + ": the log is closed");
        }
        Throwable first = fault;
        if (first != null) {
            throw new LogFencedException(
                    directory + ": takes no more appends after a failure: " + first.getMessage(), first);
        }
        return view;
    }

    private LogFencedException fence(Throwable cause) {
        fault = cause;
        return new LogFencedException(
                directory + ": a write failed, the log takes no more: " + cause.getMessage(), cause);
    }

    /** Leaves the log as it was before the append, or fenced. A roll that was under way begins anew with the next append. */
    private LogException diskFull(Segment last, NoSpaceException cause) {
        try {
            last.cutFailedAppend();
        } catch (IOException | RuntimeException | Error e) {
            e.addSuppressed(cause);
            return fence(e);
        }
        return new DiskFullException(directory + ": the disk is full: " + cause.getMessage(), cause);
    }

    private boolean isRollDue(Segment last, List<BatchHeader> headers, long bytes) {
        if (last.sizeInBytes() == 0) {
            return false;
        }
        BatchHeader first = headers.get(0);
        boolean isOld = last.firstTimestamp() >= 0
                // Clients give any timestamp: without this the difference overflows.
                && first.maxTimestamp() > last.firstTimestamp()
                && first.maxTimestamp() - last.firstTimestamp() > settings.segmentMillis();
        long lastOffset = headers.get(headers.size() - 1).lastOffset();
        return isOld
                || last.sizeInBytes() + bytes > settings.segmentBytes()
                // Index entries hold offsets relative to the segment's in 31 bits.
                || lastOffset - last.baseOffset() > Integer.MAX_VALUE;
    }

    private LogView rollOrFence(LogView current) {
        try {
            return roll(current);
        } catch (NoSpaceException e) {
            throw diskFull(current.last(), e);
        } catch (IOException | RuntimeException | Error e) {
            throw fence(e);
        }
    }

    /** Seals the last segment, durable and with its indexes, and publishes an empty one behind it. */
    private LogView roll(LogView current) throws IOException {
        Segment sealed = current.last();
        sealed.force();
        sealed.writeIndexes();
        Segment next = Segment.create(disk, openFiles, new SegmentName(directory, current.endOffset()), settings);
        LogView rolled = current.rolled(next);
        try {
            writeCheckpoint(rolled, sealedStates(rolled));
        } catch (NoSpaceException e) {
            // Durable before the log goes on: it may go on in the segment before, or be cut, and this one be left.
            next.delete();
            throw e;
        }
        disk.syncDirectory(directory);
        sealed.seal();
        isFlushed = true;
        view = rolled;
        return rolled;
    }

    /** The segment that holds the record before the new end, or the first one. */
    private static int segmentToKeep(LogView current, long newEndOffset) {
        long first = current.segments().get(0).baseOffset();
        return newEndOffset == first ? 0 : current.segmentNumber(newEndOffset - 1);
    }

    private long positionOf(Segment segment, long offset) {
        return with(segment, reader -> reader.positionOf(offset))
                .orElseThrow(() -> new IllegalArgumentException(
                        directory + ": cannot truncate to " + offset + ", no batch begins there"));
    }

    /** In this order a crash midway leaves no gap. */
    private static void deleteFromTheLast(List<Segment> segments) throws IOException {
        for (int i = segments.size() - 1; i >= 0; i--) {
            segments.get(i).delete();
        }
    }

    /**
     * Asks again when the log was truncated meanwhile: what was read may then be wrong, or fail in any way. Where segments
     * were deleted from its start or replaced it can only fail.
     */
    private <T> T ask(Function<LogView, T> question) {
        return ask(question, outdated -> {});
    }

    /** @param outdated is given the answers that may be wrong */
    private <T> T ask(Function<LogView, T> question, Consumer<T> outdated) {
        while (true) {
            LogView seen = view;
            try {
                T answer = question.apply(seen);
                if (view.truncations() == seen.truncations()) {
                    return answer;
                }
                outdated.accept(answer);
            } catch (RuntimeException e) {
                if (!hasChangedSince(seen)) {
                    throw e;
                }
            }
        }
    }

    private boolean hasChangedSince(LogView seen) {
        // Taking the lock waits for the end of a change that is under way.
        synchronized (writeLock) {
            return !isClosed
                    && (view.truncations() != seen.truncations()
                            || !view.segments().containsAll(seen.segments()));
        }
    }

    private static <T> T with(Segment segment, Function<SegmentReader, T> question) {
        segment.retain();
        try {
            return question.apply(new SegmentReader(segment));
        } finally {
            segment.release();
        }
    }
}
