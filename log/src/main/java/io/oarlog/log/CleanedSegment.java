package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A segment that is written to take the place of others, under names that are no segment's. Confined to its caller.
 *
 * <p>Its batches go to the disk in pieces, whatever their number.
 */
final class CleanedSegment {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Disk disk;
    private final SegmentName name;
    private final LogSettings settings;
    private final SegmentSwap swap;
    private final DiskFile file;
    private final SegmentIndexes indexes;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private boolean isCommitted;
    private boolean isHandedOver;
    private long written;
    private long endOffset;
    private long firstTimestamp = SegmentIndexes.NO_TIMESTAMP;
    private long maxTimestamp = SegmentIndexes.NO_TIMESTAMP;

    private CleanedSegment(Disk disk, SegmentName name, LogSettings settings, SegmentSwap swap, DiskFile file) {
        this.disk = disk;
        this.name = name;
        this.settings = settings;
        this.swap = swap;
        this.file = file;
        this.indexes = SegmentIndexes.empty(name.baseOffset(), settings.indexIntervalBytes());
        this.endOffset = name.baseOffset();
    }

    /** @param name of the first segment that it is made of */
    static CleanedSegment create(Disk disk, SegmentName name, LogSettings settings) throws IOException {
        SegmentSwap swap = new SegmentSwap(disk, name);
        // What an earlier compaction could not delete.
        swap.discard();
        return new CleanedSegment(disk, name, settings, swap, disk.open(swap.cleanedLogFile()));
    }

    /** @param bytes of a whole batch, from position to limit */
    void append(ByteBuffer bytes) throws IOException {
        BatchHeader header = BatchHeader.read(bytes, bytes.position());
        if (header.baseOffset() != endOffset || header.sizeInBytes() != bytes.remaining()) {
            throw new AssertionError(name.logFile() + ": expected a batch at " + endOffset + ", found " + header);
        }
        long position = sizeInBytes();
        firstTimestamp = position == 0 ? header.maxTimestamp() : firstTimestamp;
        indexes.onBatch(header, position, maxTimestamp);
        maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp());
        endOffset = header.nextOffset();
        if (bytes.remaining() > buffer.remaining()) {
            writeOut();
        }
        if (bytes.remaining() > buffer.remaining()) {
            written += file.write(new ByteBuffer[] {bytes}, written);
        } else {
            buffer.put(bytes.duplicate());
        }
    }

    private void writeOut() throws IOException {
        if (buffer.position() > 0) {
            buffer.flip();
            written += file.write(new ByteBuffer[] {buffer}, written);
            buffer.clear();
        }
    }

    long sizeInBytes() {
        return written + buffer.position();
    }

    /** Makes all of it durable, but for the names, which the commit changes. */
    void force() throws IOException {
        writeOut();
        file.force();
        Path indexFile = swap.cleanedIndexFile();
        IndexFile.ofOffsets(disk, indexFile, name.baseOffset(), settings.indexIntervalBytes())
                .write(indexes.offsets().entries());
        Path timeIndexFile = swap.cleanedTimeIndexFile();
        IndexFile.ofTimes(disk, timeIndexFile, name.baseOffset(), settings.indexIntervalBytes())
                .write(indexes.times().entries());
    }

    /** From here on it is the one that counts, for recovery too; durable after a sync of the directory. */
    void commit() throws IOException {
        swap.commit();
        isCommitted = true;
    }

    /** Gives it the names of the segments that it was made of, which go. */
    void takeNames(List<Segment> replaced) throws IOException {
        swap.finish(replaced.stream().map(Segment::name).toList());
    }

    /** To be read from here on, also before it has its names; the file is the segment's. */
    Segment toSegment(OpenFiles openFiles) throws IOException {
        isHandedOver = true;
        SegmentState state = new SegmentState(name.baseOffset(), written, endOffset, firstTimestamp, maxTimestamp);
        return Segment.unnamed(disk, openFiles, name, settings, state, file, indexes);
    }

    /** Lets go of what no segment has: the open file, and before the commit all files. */
    void discard() throws IOException {
        if (!isHandedOver) {
            file.close();
        }
        if (!isCommitted) {
            swap.discard();
        }
    }
}
