package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The machine's file system for somebody who only looks: files are opened for reading alone, and whatever would change one
 * throws {@link UnsupportedOperationException}. Works on a file system that is mounted read-only. Thread-safe.
 */
final class ReadOnlyDisk implements Disk {
    private final FileDisk files = new FileDisk();

    /** @throws java.nio.file.NoSuchFileException when there is none */
    @Override
    public DiskFile open(Path file) throws IOException {
        return new ReadOnlyFile(file, FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return files.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return files.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return files.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return files.size(file);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return files.usableBytes(directory);
    }

    @Override
    public void createDirectories(Path directory) {
        throw refused(directory);
    }

    @Override
    public void delete(Path path) {
        throw refused(path);
    }

    @Override
    public void move(Path source, Path target) {
        throw refused(source);
    }

    @Override
    public void syncDirectory(Path directory) {
        throw refused(directory);
    }

    private static UnsupportedOperationException refused(Path path) {
        return new UnsupportedOperationException(path + ": is only looked at");
    }

    private record ReadOnlyFile(Path path, FileChannel channel) implements DiskFile {
        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int start = target.position();
            while (target.hasRemaining()) {
                if (channel.read(target, position + target.position() - start) < 0) {
                    break;
                }
            }
            return target.position() - start;
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }

        @Override
        public long write(ByteBuffer[] buffers, long position) {
            throw refused(path);
        }

        @Override
        public void truncate(long size) {
            throw refused(path);
        }

        @Override
        public void force() {
            throw refused(path);
        }
    }
}
