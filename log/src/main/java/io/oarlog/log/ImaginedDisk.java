package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Another disk as it would be after some changes, of which it hears nothing: names are moved and deleted here alone, and new
 * files forget what is written to them. To look at files as recovery would leave them. Confined to its caller.
 */
final class ImaginedDisk implements Disk {
    private final Disk disk;
    /** What has another name here, by that name: the name on the disk. */
    private final Map<Path, Path> moved = new HashMap<>();

    private final Set<Path> gone = new HashSet<>();

    ImaginedDisk(Disk disk) {
        this.disk = disk;
    }

    /** The file's name on the disk; nothing when there is no such file here. */
    private @Nullable Path onDisk(Path path) {
        Path source = moved.get(path);
        if (source != null) {
            return source;
        }
        return !gone.contains(path) && disk.exists(path) ? path : null;
    }

    private Path existing(Path path) throws NoSuchFileException {
        Path found = onDisk(path);
        if (found == null) {
            throw new NoSuchFileException(path.toString());
        }
        return found;
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        Path found = onDisk(file);
        return found == null ? new ForgetfulFile() : disk.open(found);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return Stream.concat(
                        disk.list(directory).stream().filter(path -> !gone.contains(path)),
                        moved.keySet().stream().filter(path -> directory.equals(path.getParent())))
                .distinct()
                .sorted()
                .toList();
    }

    @Override
    public boolean exists(Path path) {
        return onDisk(path) != null;
    }

    @Override
    public boolean isDirectory(Path path) {
        return disk.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return disk.size(existing(file));
    }

    @Override
    public void delete(Path path) throws IOException {
        existing(path);
        moved.remove(path);
        gone.add(path);
    }

    /** What was written here is no more: then the target stays what it is. */
    @Override
    public void move(Path source, Path target) {
        Path found = onDisk(source);
        if (found != null) {
            moved.remove(source);
            gone.add(source);
            moved.put(target, found);
        }
    }

    @Override
    public void createDirectories(Path directory) {
        // A log's directory is there when somebody looks at it.
    }

    @Override
    public void syncDirectory(Path directory) {
        // Nothing is to survive.
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return disk.usableBytes(directory);
    }

    private static final class ForgetfulFile implements DiskFile {
        @Override
        public long write(ByteBuffer[] buffers, long position) {
            long bytes = 0;
            for (ByteBuffer buffer : buffers) {
                bytes += buffer.remaining();
            }
            return bytes;
        }

        @Override
        public int read(ByteBuffer target, long position) {
            return 0;
        }

        @Override
        public long size() {
            return 0;
        }

        @Override
        public void truncate(long size) {
            // as everything
        }

        @Override
        public void force() {
            // as everything
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
