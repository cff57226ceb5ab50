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
import org.jspecify.annotations.Nullable;

/**
 * The log of one partition: batches in a row, in segments that a directory of its own holds. Thread-safe; appends, flushes
 * and truncations wait for each other, reads wait for nobody.
 *
 * <p>Offsets rise without gaps. A segment is sealed, with everything in it durable, before the next one is created; where it
 * ends follows from the appends alone, so replicas that make the same appends have the same files.
 *
 * <p>After a write or an fsync failed, whatever it threw, nobody knows what is on disk: the log is fenced, takes no more
 * appends, and answers reads of what it had.
 */
public final class SegmentedLog implements Closeable {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final Disk disk;
    private final Path directory;
    private final LogSettings settings;
    private final RecoveryReport recovery;
    private final Object writeLock = new Object();

    private volatile LogView view; // written under writeLock
    private boolean isFlushed = true; // guarded by writeLock
    private boolean isClosed; // guarded by writeLock
    private @Nullable Throwable fault; // guarded by writeLock

    private SegmentedLog(Disk disk, Path directory, LogSettings settings, LogRecovery.Recovered recovered) {
        this.disk = disk;
        this.directory = directory;
        this.settings = settings;
        this.recovery = recovered.report();
        this.view = recovered.view();
    }

    /**
     * Opens the log in a directory, or creates it there. Everything behind the first batch that is not whole is cut off the
     * last segment; what the log holds on return is durable.
     *
     * @throws CorruptLogException when a sealed segment is missing or damaged; nothing is changed then
     * @throws LogException when the files cannot be read or written
     */
    public static SegmentedLog open(Disk disk, Path directory, LogSettings settings) {
        try {
            return new SegmentedLog(disk, directory, settings, new LogRecovery(disk, directory, settings).recover());
        } catch (IOException e) {
            throw new LogException(directory + ": the log cannot be opened", e);
        }
    }

    /** What opening found. */
    public RecoveryReport recovery() {
        return recovery;
    }

    /** Offset of the first record, inclusive. */
    public long startOffset() {
        return view.startOffset();
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
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            }
            view = current.withEndOffset(headers.get(headers.size() - 1).nextOffset());
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
            if (isFlushed) {
                return;
            }
            try {
                current.last().force();
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            }
            isFlushed = true;
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
            try {
                deleteFromTheLast(removed);
                current.segments().get(kept).truncate(position, target);
                isFlushed = true;
            } catch (IOException | RuntimeException | Error e) {
                throw fence(e);
            } finally {
                // Who looked at a file while it was cut asks again.
                view = cut.withTruncation();
                removed.forEach(Segment::release);
            }
        }
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
        return ask(seen -> {
            if (offset < seen.startOffset() || offset > seen.endOffset()) {
                throw new IllegalArgumentException(directory + ": offset " + offset + " is not in " + seen.startOffset()
                        + " to " + seen.endOffset());
            }
            long end = Math.min(endOffsetExclusive, seen.endOffset());
            if (offset >= end) {
                return NOTHING;
            }
            return with(
                    seen.segments().get(seen.segmentNumber(offset)),
                    reader -> reader.read(offset, maxBytes, end, settings.indexIntervalBytes()));
        });
    }

    /** The first record below {@code endOffsetExclusive} whose timestamp is {@code timestamp} or larger. */
    public Optional<TimestampOffset> offsetForTimestamp(long timestamp, long endOffsetExclusive) {
        return ask(seen -> {
            long end = Math.min(endOffsetExclusive, seen.endOffset());
            for (Segment segment : seen.segments()) {
                Optional<TimestampOffset> found = with(segment, reader -> reader.firstAtOrAfter(timestamp, end));
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        });
    }

    /**
     * Shows the headers of all batches that end above {@code fromOffset} and at or below {@code endOffsetExclusive}, in
     * order. Beside a truncation some may be shown twice.
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

    /** Closes the files once the reads that are under way are done. Does not flush. */
    @Override
    public void close() {
        synchronized (writeLock) {
            if (!isClosed) {
                isClosed = true;
                view.segments().forEach(Segment::release);
            }
        }
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

    /** Seals the last segment, durable and with its indexes, and publishes an empty one behind it. */
    private LogView roll(LogView current) throws IOException {
        Segment sealed = current.last();
        sealed.force();
        sealed.writeIndexes();
        Segment next = Segment.create(disk, new SegmentName(directory, current.endOffset()), settings);
        disk.syncDirectory(directory);
        sealed.seal();
        List<Segment> segments = new ArrayList<>(current.segments());
        segments.add(next);
        LogView rolled = new LogView(segments, current.endOffset(), current.truncations());
        view = rolled;
        return rolled;
    }

    /** The segment that holds the record before the new end, or the first one. */
    private static int segmentToKeep(LogView current, long newEndOffset) {
        return newEndOffset == current.startOffset() ? 0 : current.segmentNumber(newEndOffset - 1);
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

    /** Asks again when the log was truncated meanwhile: what was read may then be wrong, or fail in any way. */
    private <T> T ask(Function<LogView, T> question) {
        while (true) {
            LogView seen = view;
            try {
                T answer = question.apply(seen);
                if (view.truncations() == seen.truncations()) {
                    return answer;
                }
            } catch (RuntimeException e) {
                if (!isTruncatedSince(seen)) {
                    throw e;
                }
            }
        }
    }

    private boolean isTruncatedSince(LogView seen) {
        // Taking the lock waits for the end of a truncation that is under way.
        synchronized (writeLock) {
            return view.truncations() != seen.truncations();
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
