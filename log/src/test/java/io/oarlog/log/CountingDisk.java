package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Counts what goes through it to and from another disk: the bytes passed to {@link DiskFile#write}, not what the file system
 * makes of them, and the calls of {@link DiskFile#read}. Thread-safe.
 */
public final class CountingDisk extends ForwardingDisk {
    private final Map<Path, LongAdder> bytesWritten = new ConcurrentHashMap<>();
    private final Map<Path, LongAdder> reads = new ConcurrentHashMap<>();
    private final Map<Path, LongAdder> bytesRead = new ConcurrentHashMap<>();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder fileForces = new LongAdder();
    private final LongAdder directorySyncs = new LongAdder();

    /** Counts on the machine's own file system. */
    public CountingDisk() {
        this(Disk.system());
    }

    public CountingDisk(Disk disk) {
        super(disk);
    }

    /** Whether a path names a segment's file of batches. */
    public static boolean isSegment(Path path) {
        return SegmentName.isLogFile(path);
    }

    /** Bytes written so far to all files of such names. */
    public long bytesWritten(Predicate<Path> files) {
        return sum(bytesWritten, files);
    }

    /** How often files of such names were read so far. */
    public long reads(Predicate<Path> files) {
        return sum(reads, files);
    }

    /** Bytes that reads of files of such names gave so far. */
    public long bytesRead(Predicate<Path> files) {
        return sum(bytesRead, files);
    }

    private static long sum(Map<Path, LongAdder> counts, Predicate<Path> files) {
        return counts.entrySet().stream()
                .filter(entry -> files.test(entry.getKey()))
                .mapToLong(entry -> entry.getValue().sum())
                .sum();
    }

    /** Bytes that went to a channel without a read, so far. */
    public long bytesSent() {
        return bytesSent.sum();
    }

    /** Forces of files so far. */
    public long fileForces() {
        return fileForces.sum();
    }

    /** Syncs of directories so far. */
    public long directorySyncs() {
        return directorySyncs.sum();
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new CountingFile(super.open(file), file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        directorySyncs.increment();
        super.syncDirectory(directory);
    }

    private final class CountingFile extends ForwardingFile {
        private final LongAdder written;
        private final LongAdder readCalls;
        private final LongAdder read;

        CountingFile(DiskFile file, Path path) {
            super(file);
            written = bytesWritten.computeIfAbsent(path, any -> new LongAdder());
            readCalls = reads.computeIfAbsent(path, any -> new LongAdder());
            read = bytesRead.computeIfAbsent(path, any -> new LongAdder());
        }

        @Override
        public long write(ByteBuffer[] buffers, long position) throws IOException {
            for (ByteBuffer buffer : buffers) {
                written.add(buffer.remaining());
            }
            return super.write(buffers, position);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int bytes = super.read(target, position);
            readCalls.increment();
            read.add(bytes);
            return bytes;
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            long sent = super.transferTo(position, count, target);
            bytesSent.add(sent);
            return sent;
        }

        @Override
        public void force() throws IOException {
            fileForces.increment();
            super.force();
        }
    }
}
