package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Counts what goes through it to and from another disk: the bytes passed to {@link DiskFile#write}, not what the file system
 * makes of them. Thread-safe.
 */
public final class CountingDisk implements Disk {
    private final Disk disk;
    private final Map<Path, LongAdder> bytesWritten = new ConcurrentHashMap<>();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder fileForces = new LongAdder();
    private final LongAdder directorySyncs = new LongAdder();

    /** Counts on the machine's own file system. */
    public CountingDisk() {
        this(Disk.system());
    }

    public CountingDisk(Disk disk) {
        this.disk = disk;
    }

    /** Whether a path names a segment's file of batches. */
    public static boolean isSegment(Path path) {
        return SegmentName.isLogFile(path);
    }

    /** Bytes written so far to all files of such names. */
    public long bytesWritten(Predicate<Path> files) {
        return bytesWritten.entrySet().stream()
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
        return new CountingFile(disk.open(file), bytesWritten.computeIfAbsent(file, path -> new LongAdder()));
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return disk.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return disk.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return disk.size(file);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void move(Path source, Path target) throws IOException {
        disk.move(source, target);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return disk.usableBytes(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        directorySyncs.increment();
        disk.syncDirectory(directory);
    }

    private final class CountingFile implements DiskFile {
        private final DiskFile file;
        private final LongAdder written;

        CountingFile(DiskFile file, LongAdder written) {
            this.file = file;
            this.written = written;
        }

        @Override
        public long write(ByteBuffer[] buffers, long position) throws IOException {
            for (ByteBuffer buffer : buffers) {
                written.add(buffer.remaining());
            }
            return file.write(buffers, position);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            long sent = file.transferTo(position, count, target);
            bytesSent.add(sent);
            return sent;
        }

        @Override
        public void load(long position, long count) throws IOException {
            file.load(position, count);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void force() throws IOException {
            fileForces.increment();
            file.force();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
