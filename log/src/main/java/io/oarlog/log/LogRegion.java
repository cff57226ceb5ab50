package io.oarlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whole batches of one segment that are still in its file, to be sent from there without a copy in memory. Thread-safe.
 *
 * <p>The file stays open, and its space taken, until the region is closed, also when the segment is deleted meanwhile.
 */
public final class LogRegion implements Closeable {
    private final Segment segment;
    private final long position;
    private final int sizeInBytes;
    private final long nextOffset;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    /** The caller has retained the segment; from here on that is the region's. */
    LogRegion(Segment segment, long position, int sizeInBytes, long nextOffset) {
        this.segment = segment;
        this.position = position;
        this.sizeInBytes = sizeInBytes;
        this.nextOffset = nextOffset;
    }

    public int sizeInBytes() {
        return sizeInBytes;
    }

    /** Offset behind the last record. */
    public long nextOffset() {
        return nextOffset;
    }

    /**
     * Reads the bytes into the machine's memory, so that sending them will not wait for the disk: on a thread that may wait.
     *
     * @throws LogException when they cannot be read
     */
    public void load() {
        try {
            segment.file().load(position, sizeInBytes);
        } catch (IOException e) {
            throw new LogException(segment.name().logFile() + ": cannot be read at position " + position, e);
        }
    }

    /**
     * Sends bytes to a channel, as many as it takes.
     *
     * @param from first byte to send, relative to the region
     * @return bytes sent; 0 when the channel takes none now
     * @throws CorruptLogException when the file ends before the region does
     */
    public long transferTo(WritableByteChannel target, long from) throws IOException {
        long left = sizeInBytes - from;
        if (left <= 0) {
            return 0;
        }
        DiskFile file = segment.file();
        long sent = file.transferTo(position + from, left, target);
        if (sent == 0 && file.size() <= position + from) {
            throw CorruptLogException.at(segment.name().logFile(), position + from, left + " bytes", "the end");
        }
        return sent;
    }

    /** Lets go of the file. More than once is as good as once. */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            segment.release();
        }
    }
}
