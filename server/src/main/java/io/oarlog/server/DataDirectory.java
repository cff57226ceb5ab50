package io.oarlog.server;

import io.oarlog.log.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A broker's data directory while it is in use: locked against a second process, and marked with the node it belongs to.
 *
 * <pre>
 * &lt;data.dir&gt;/lock             held by the process that uses it
 * &lt;data.dir&gt;/node.properties  node.id, written once
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
    private static final String NODE_ID = "node.id";
    private static final String LOCK = "lock";

    private final FileChannel lockFile;

    private DataDirectory(FileChannel lockFile) {
        this.lockFile = lockFile;
    }

    /**
     * Takes the directory for a node; creates and marks it when it is new.
     *
     * @throws InvalidSettingException when it belongs to another node
     * @throws IOException when another process uses it, or it cannot be made or read
     */
    static DataDirectory open(Disk disk, Path directory, int nodeId) throws IOException {
        disk.createDirectories(directory);
        FileChannel lockFile =
                FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (tryLock(lockFile) == null) {
                throw new IOException("data.dir=" + directory
                        + ": another broker process uses it; stop that one or give this one a directory of its own");
            }
            claim(disk, directory, nodeId);
            return new DataDirectory(lockFile);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    /**
     * Keeps brokers from using a directory until the result is closed. Several may hold it at once. Changes nothing: a
     * directory that was never used has no lock file and gets none.
     *
     * @return nothing when a broker uses it
     * @throws IOException when the lock file cannot be read
     */
    public static Optional<Closeable> holdUnused(Path directory) throws IOException {
        Path file = directory.resolve(LOCK);
        if (!Files.exists(file)) {
            return Optional.of(() -> {});
        }
        FileChannel lockFile = FileChannel.open(file, StandardOpenOption.READ);
        try {
            // Shared: the exclusive lock of a broker keeps it out, and takes a file that is open for writing.
            if (lockFile.tryLock(0, Long.MAX_VALUE, true) != null) {
                return Optional.of(lockFile);
            }
        } catch (OverlappingFileLockException e) {
            // A broker in this very process.
        }
        lockFile.close();
        return Optional.empty();
    }

    private static @Nullable FileLock tryLock(FileChannel lockFile) throws IOException {
        try {
            return lockFile.tryLock();
        } catch (OverlappingFileLockException e) {
            // This very process, with another broker in it.
            return null;
        }
    }

    private static void claim(Disk disk, Path directory, int nodeId) throws IOException {
        Path file = directory.resolve("node.properties");
        Properties properties = new Properties();
        if (!Files.exists(file)) {
            properties.setProperty(NODE_ID, Integer.toString(nodeId));
            Path temporary = directory.resolve("node.properties.tmp");
            try (Writer writer = Files.newBufferedWriter(temporary, StandardCharsets.UTF_8)) {
                properties.store(writer, "the node whose data this is");
            }
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            disk.move(temporary, file);
            disk.syncDirectory(directory);
            return;
        }
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        }
        String owner = properties.getProperty(NODE_ID, "");
        if (!owner.equals(Integer.toString(nodeId))) {
            throw new InvalidSettingException("node.id=" + nodeId + ": " + directory + " holds the data of node '"
                    + owner + "'; correct node.id or data.dir");
        }
    }

    /** Lets another process use the directory. */
    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
