package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * Answers readers of one segment. Confined to its caller, who holds the segment.
 *
 * <p>Beside a truncation any answer can be wrong, or an exception of any kind: {@link SegmentedLog} notices and asks again.
 */
final class SegmentReader {
    private static final int CHECK_WINDOW_BYTES = 64 * 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Segment segment;

    SegmentReader(Segment segment) {
        this.segment = segment;
    }

    /**
     * Whole batches from the one that holds {@code offset} on, in one read where they fit: the way from the index entry to
     * the first batch is shorter than the index interval, so it is read along.
     */
    ByteBuffer read(long offset, int maxBytes, long endOffsetExclusive, int indexIntervalBytes) {
        SegmentIndexes.Start start = segment.startFor(offset);
        ByteBuffer bytes = chunk(start.position(), (long) indexIntervalBytes + Math.max(maxBytes, BatchHeader.BYTES));
        Found found = firstBatch(bytes, start, offset);
        int first = found.at();
        BatchHeader header = found.header();
        if (header.nextOffset() > endOffsetExclusive) {
            return NOTHING;
        }
        if (first + (long) header.sizeInBytes() > bytes.limit()) {
            return wholeBatch(bytes, start.position(), first, header.sizeInBytes());
        }
        int end = first + header.sizeInBytes();
        while (end + BatchHeader.BYTES <= bytes.limit()) {
            header = header(bytes, start.position(), end, header.nextOffset());
            long nextEnd = end + (long) header.sizeInBytes();
            if (nextEnd - first > maxBytes || nextEnd > bytes.limit() || header.nextOffset() > endOffsetExclusive) {
                break;
            }
            end = (int) nextEnd;
        }
        return bytes.slice(first, end - first);
    }

    /** A batch and its place in the chunk. */
    private record Found(int at, BatchHeader header) {}

    /** The batch that holds {@code offset}. */
    private Found firstBatch(ByteBuffer bytes, SegmentIndexes.Start start, long offset) {
        int at = 0;
        BatchHeader header = header(bytes, start.position(), at, start.baseOffset());
        while (header.nextOffset() <= offset) {
            at += header.sizeInBytes();
            header = header(bytes, start.position(), at, header.nextOffset());
        }
        return new Found(at, header);
    }

    private BatchHeader header(ByteBuffer bytes, long chunkPosition, int at, long expectedBaseOffset) {
        long position = chunkPosition + at;
        if (at < 0 || at + BatchHeader.BYTES > bytes.limit()) {
            throw corrupt(position, "a batch", (bytes.limit() - at) + " bytes");
        }
        RecordBatches.frameDefect(bytes, at, segment.sizeInBytes() - position).ifPresent(defect -> {
            throw corrupt(position, defect.expected(), defect.found());
        });
        BatchHeader header = BatchHeader.read(bytes, at);
        // No checksum covers it: a reader could not tell.
        if (header.baseOffset() != expectedBaseOffset) {
            throw corrupt(position, "base offset " + expectedBaseOffset, header.baseOffset());
        }
        return header;
    }

    private CorruptLogException corrupt(long position, Object expected, Object found) {
        return CorruptLogException.at(segment.name().logFile(), position, expected, found);
    }

    /** One batch that is larger than the chunk: what was read of it is kept, the rest is read behind it. */
    private ByteBuffer wholeBatch(ByteBuffer chunk, long chunkPosition, int first, int sizeInBytes) {
        ByteBuffer whole = ByteBuffer.allocate(sizeInBytes).put(chunk.slice(first, chunk.limit() - first));
        fill(whole, chunkPosition + chunk.limit());
        return whole.flip();
    }

    private ByteBuffer chunk(long position, long maxBytes) {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(maxBytes, segment.sizeInBytes() - position));
        fill(chunk, position);
        return chunk.flip();
    }

    private void fill(ByteBuffer target, long position) {
        try {
            int wanted = target.remaining();
            int found = segment.file().read(target, position);
            if (found < wanted) {
                throw corrupt(position, wanted + " bytes", found);
            }
        } catch (IOException e) {
            throw new LogException(segment.name().logFile() + ": cannot be read at position " + position, e);
        }
    }

    /**
     * As {@link #read}, left in the file.
     *
     * @param minBytes with less there is no region
     * @return holds the segment for itself
     */
    Optional<LogRegion> region(long offset, int minBytes, int maxBytes, long endOffsetExclusive) {
        BatchCursor cursor = segment.cursor(segment.startFor(offset));
        BatchHeader first = holderOf(offset, cursor);
        if (first.sizeInBytes() > maxBytes || first.nextOffset() > endOffsetExclusive) {
            return Optional.empty();
        }
        long start = cursor.position();
        Boundary end = lastBoundary(
                new Boundary(cursor.nextPosition(), cursor.nextOffset()), start + maxBytes, endOffsetExclusive);
        if (end.position() - start < minBytes) {
            return Optional.empty();
        }
        segment.retain();
        return Optional.of(new LogRegion(segment, start, (int) (end.position() - start), end.offset()));
    }

    /** Goes on to the batch that holds an offset. */
    private static BatchHeader holderOf(long offset, BatchCursor cursor) {
        BatchHeader header = cursor.next();
        while (header.nextOffset() <= offset) {
            header = cursor.next();
        }
        return header;
    }

    /** The header of the batch that holds {@code offset}. */
    BatchHeader header(long offset) {
        return holderOf(offset, segment.cursor(segment.startFor(offset)));
    }

    /** Between two batches: where in the file, and the offset behind it. */
    private record Boundary(long position, long offset) {}

    /** The last one, from {@code from} on, that is behind neither the position nor the offset. */
    private Boundary lastBoundary(Boundary from, long maxPosition, long maxOffset) {
        SegmentIndexes.Start indexed = segment.startBefore(maxOffset, maxPosition);
        Boundary last =
                indexed.position() > from.position() ? new Boundary(indexed.position(), indexed.baseOffset()) : from;
        BatchCursor cursor = segment.cursor(last.position(), last.offset());
        while (cursor.hasNext()) {
            cursor.next();
            if (cursor.nextPosition() > maxPosition || cursor.nextOffset() > maxOffset) {
                break;
            }
            last = new Boundary(cursor.nextPosition(), cursor.nextOffset());
        }
        return last;
    }

    /** Position of the batch that begins at {@code offset}, if one does. */
    OptionalLong positionOf(long offset) {
        BatchCursor cursor = segment.cursor(segment.startFor(offset));
        while (cursor.hasNext() && cursor.nextOffset() < offset) {
            cursor.next();
        }
        return cursor.nextOffset() == offset ? OptionalLong.of(cursor.nextPosition()) : OptionalLong.empty();
    }

    /** The first record between two offsets that is {@code timestamp} or younger. */
    Optional<TimestampOffset> firstAtOrAfter(long timestamp, long fromOffset, long endOffsetExclusive) {
        if (segment.maxTimestamp() < timestamp) {
            return Optional.empty();
        }
        BatchCursor cursor = segment.cursor(segment.startForTimestamp(timestamp));
        while (cursor.hasNext() && cursor.nextOffset() < endOffsetExclusive) {
            BatchHeader header = cursor.next();
            if (header.nextOffset() > endOffsetExclusive) {
                break;
            }
            if (header.maxTimestamp() >= timestamp && header.nextOffset() > fromOffset) {
                Optional<TimestampOffset> found = firstInBatch(header, cursor.position(), timestamp, fromOffset);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<TimestampOffset> firstInBatch(BatchHeader header, long position, long timestamp, long fromOffset) {
        return RecordTimestamps.needsRecords(header)
                ? RecordTimestamps.firstAtOrAfter(chunk(position, header.sizeInBytes()), header, timestamp, fromOffset)
                : Optional.of(RecordTimestamps.firstOf(header, timestamp, fromOffset));
    }

    /** Shows all batches that end behind {@code fromOffset} and end at or before {@code endOffsetExclusive}. */
    void forEach(long fromOffset, long endOffsetExclusive, Consumer<BatchHeader> consumer) {
        BatchCursor cursor = segment.cursor(segment.startFor(fromOffset));
        while (cursor.hasNext() && cursor.nextOffset() < endOffsetExclusive) {
            BatchHeader header = cursor.next();
            if (header.nextOffset() > fromOffset && header.nextOffset() <= endOffsetExclusive) {
                consumer.accept(header);
            }
        }
    }

    /**
     * Reads all batches that begin below the known end, with their checksums, and their leader epochs as far as those are known.
     *
     * @return false when no more are wanted
     */
    boolean areSoundBelow(RequiredOffsets known, LongPredicate isWanted) {
        BatchCursor cursor = segment.cursor(SegmentIndexes.Start.ofSegment(segment.baseOffset()), CHECK_WINDOW_BYTES);
        while (cursor.hasNext() && cursor.nextOffset() < known.endOffset()) {
            long position = cursor.nextPosition();
            Optional<Defect> frameDefect = cursor.nextDefect();
            if (frameDefect.isEmpty() && !isWanted.test(cursor.nextHeader().sizeInBytes())) {
                return false;
            }
            frameDefect
                    .or(cursor::nextCrcDefect)
                    .or(() -> known.epochDefect(cursor.nextHeader()))
                    .ifPresent(defect -> {
                        throw corrupt(position, defect.expected(), defect.found());
                    });
            cursor.next();
        }
        return true;
    }
}
