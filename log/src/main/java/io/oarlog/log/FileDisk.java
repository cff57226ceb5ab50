package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The machine's file system through {@link FileChannel}. Thread-safe. */
final class FileDisk implements Disk {
    @Override
    public DiskFile open(Path file) throws IOException {
        try {
            FileChannel writer = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            return new ChannelFile(file, identity(file), writer);
        } catch (IOException e) {
            throw withKind(file, e);
        }
    }

    /** Of the file that has the name now; nothing when there is none, or the file system does not tell. */
    private static Optional<Object> identity(Path file) throws IOException {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** The JDK tells the causes apart by the system's message only; in another language it is a failure as any other. */
    private static IOException withKind(Path file, IOException e) {
        String message = String.valueOf(e.getMessage());
        boolean isFull = message.contains("No space left on device") || message.contains("Disk quota exceeded");
        return isFull ? new NoSpaceException(file + ": no space left on device", e) : e;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path path = directory.toAbsolutePath();
                path != null && !Files.isDirectory(path);
                path = path.getParent()) {
            missing.push(path);
        }
        for (Path path : missing) {
            // createDirectories, not createDirectory: another partition may create the same parent now.
            Files.createDirectories(path);
            Path parent = path.getParent();
            if (parent != null) {
                syncDirectory(parent);
            }
        }
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> names = Files.list(directory)) {
            return names.sorted().toList();
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return Files.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return Files.size(file);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.delete(path);
    }

    @Override
    public void move(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Writes through one channel and reads through another: the JDK closes a channel when a thread is interrupted in it,
     * and an interrupted reader must take down neither the writer nor the other readers.
     */
    private static final class ChannelFile implements DiskFile {
        /** The JDK keeps a direct buffer as large as the largest transfer for each thread. */
        private static final int MAX_TRANSFER_BYTES = 1 << 20;

        private static final Path NULL_DEVICE = Path.of("/dev/null");

        private final Path file;
        private final Optional<Object> identity;
        private final FileChannel writer;
        private final Object readerLock = new Object();
        private @Nullable FileChannel reader; // guarded by readerLock
        private boolean closed; // guarded by readerLock

        ChannelFile(Path file, Optional<Object> identity, FileChannel writer) {
            this.file = file;
            this.identity = identity;
            this.writer = writer;
        }

        @Override
        public long write(ByteBuffer[] buffers, long position) throws IOException {
            ByteBuffer[] rest = new ByteBuffer[buffers.length];
            long total = 0;
            for (int i = 0; i < buffers.length; i++) {
                rest[i] = buffers[i].duplicate();
                total += rest[i].remaining();
            }
            try {
                writer.position(position);
                int first = 0;
                long written = 0;
                while (written < total) {
                    written += writer.write(rest, first, rest.length - first);
                    while (first < rest.length && !rest[first].hasRemaining()) {
                        first++;
                    }
                }
                return written;
            } catch (IOException e) {
                throw withKind(file, e);
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int start = target.position();
            int limit = target.limit();
            try {
                while (target.position() < limit) {
                    target.limit(Math.min(limit, target.position() + MAX_TRANSFER_BYTES));
                    if (readOnce(target, position + target.position() - start) < 0) {
                        break;
                    }
                }
            } finally {
                target.limit(limit);
            }
            return target.position() - start;
        }

        private int readOnce(ByteBuffer target, long position) throws IOException {
            return (int) reading(channel -> channel.read(target, position));
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return reading(channel -> channel.transferTo(position, count, target));
        }

        /** Sends them nowhere: the system reads the pages for that, and copies nothing. */
        @Override
        public void load(long position, long count) throws IOException {
            if (!Files.exists(NULL_DEVICE)) {
                return;
            }
            try (FileChannel nowhere = FileChannel.open(NULL_DEVICE, StandardOpenOption.WRITE)) {
                long loaded = 0;
                long sent = 1;
                while (loaded < count && sent > 0) {
                    sent = transferTo(position + loaded, count - loaded, nowhere);
                    loaded += sent;
                }
            }
        }

        /** What is done with the channel for reading. */
        private interface Reading {
            long with(FileChannel channel) throws IOException;
        }

        private long reading(Reading reading) throws IOException {
            while (true) {
                FileChannel channel = reader();
                try {
                    return reading.with(channel);
                } catch (ClosedByInterruptException e) {
                    throw e;
                } catch (ClosedChannelException e) {
                    // Another reader was interrupted in this channel: go on with a new one.
                    // Unless the file is closed, or there was only this one.
                    synchronized (readerLock) {
                        if (closed || !writer.isOpen()) {
                            throw e;
                        }
                    }
                }
            }
        }

        /**
         * The channel for reading, opened anew when an interrupt closed it. A file that was deleted or renamed by then cannot
         * be opened anew and is read through the writer's channel.
         */
        private FileChannel reader() throws IOException {
            synchronized (readerLock) {
                if (closed) {
                    throw new ClosedChannelException();
                }
                FileChannel channel = reader;
                if (channel == null || !channel.isOpen()) {
                    channel = openAgain();
                    reader = channel;
                }
                return channel;
            }
        }

        private FileChannel openAgain() throws IOException {
            FileChannel opened;
            try {
                opened = FileChannel.open(file, StandardOpenOption.READ);
            } catch (NoSuchFileException e) {
                return writer;
            }
            // Asked afterwards: a file does not get a name back that it lost.
            if (identity(file).equals(identity)) {
                return opened;
            }
            opened.close();
            return writer;
        }

        @Override
        public long size() throws IOException {
            return writer.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            writer.truncate(size);
        }

        @Override
        public void force() throws IOException {
            // Without metadata: fdatasync makes the size durable as well, only times are left out.
            writer.force(false);
        }

        @Override
        public void close() throws IOException {
            FileChannel openReader = takeReader();
            try {
                writer.close();
            } finally {
                if (openReader != null) {
                    openReader.close();
                }
            }
        }

        private @Nullable FileChannel takeReader() {
            synchronized (readerLock) {
                closed = true;
                return reader;
            }
        }
    }
}
