package io.oarlog.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * All that the log needs of a file system, so that a test can put a lossy one in its place. Thread-safe.
 *
 * <p>A created, moved or deleted name survives a power loss only after {@link #syncDirectory} on its directory; the bytes
 * of a file only after {@link DiskFile#force}.
 */
public interface Disk {
    /** The machine's own file system. */
    static Disk system() {
        return new FileDisk();
    }

    /** The machine's own file system, of which nothing is changed: whatever would change a file throws. */
    static Disk readOnly() {
        return new ReadOnlyDisk();
    }

    /**
     * Opens for reading and writing; creates an empty file when there is none.
     *
     * @throws NoSpaceException when there is no room for another file
     */
    DiskFile open(Path file) throws IOException;

    /** Creates the directory and its missing parents; they survive a power loss when this returns. */
    void createDirectories(Path directory) throws IOException;

    /** The names in a directory, sorted, as full paths. */
    List<Path> list(Path directory) throws IOException;

    boolean exists(Path path);

    boolean isDirectory(Path path);

    /**
     * Bytes in a file, without opening it.
     *
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    long size(Path file) throws IOException;

    /**
     * Deletes a file or an empty directory. Files that are open can be read and written until they are closed.
     *
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    void delete(Path path) throws IOException;

    /** Renames a file atomically, in place of the target if there is one. */
    void move(Path source, Path target) throws IOException;

    /** Makes the names in the directory durable as they are now. */
    void syncDirectory(Path directory) throws IOException;

    /** Bytes that files below an existing directory can still grow by, all together, by what the file system says now. */
    long usableBytes(Path directory) throws IOException;

    /** Deletes the directory with all that is in it. A crash may leave any part of it. */
    default void deleteRecursively(Path directory) throws IOException {
        for (Path path : list(directory)) {
            if (isDirectory(path)) {
                deleteRecursively(path);
            } else {
                delete(path);
            }
        }
        delete(directory);
    }
}
