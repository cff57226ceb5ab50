package io.oarlog.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of one segment, which must exist: opened when it is needed, closed when {@link OpenFiles} says so. Thread-safe. */
final class SegmentFile {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentFile.class);

    private final Disk disk;
    private final Path path;
    private final OpenFiles openFiles;

    // Guarded by this. Opening and closing happen under the lock too: it is this one file that others wait for.
    private @Nullable DiskFile file;
    private int users;
    private volatile boolean isDropped; // written under the lock

    SegmentFile(Disk disk, Path path, OpenFiles openFiles) {
        this.disk = disk;
        this.path = path;
        this.openFiles = openFiles;
    }

    /** A file that is open already, to be found under the path later. */
    SegmentFile(Disk disk, Path path, OpenFiles openFiles, DiskFile opened) {
        this(disk, path, openFiles);
        file = opened;
        openFiles.onOpened();
    }

    /**
     * Opens the file where it is not, and keeps it open until {@link #release}.
     *
     * @throws IllegalStateException when it was dropped
     */
    void acquire() throws IOException {
        synchronized (this) {
            if (isDropped) {
                throw new IllegalStateException(path + " is closed");
            }
            if (file == null) {
                file = open();
            }
            users++;
        }
        openFiles.onUsed(this);
    }

    /** The open file, for somebody who has acquired it. */
    synchronized DiskFile opened() {
        DiskFile current = file;
        if (current == null) {
            throw new AssertionError(path + " is used without being held");
        }
        return current;
    }

    private DiskFile open() throws IOException {
        if (!disk.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        DiskFile opened = disk.open(path);
        openFiles.onOpened();
        return opened;
    }

    void release() {
        boolean isIdle;
        synchronized (this) {
            users--;
            isIdle = users == 0 && !isDropped;
            if (users == 0 && isDropped) {
                close();
            }
        }
        if (isIdle) {
            openFiles.onIdle(this);
        }
    }

    /** Is not opened again from now on, and closed when its last user has released it. */
    synchronized void drop() {
        isDropped = true;
        closeIfIdle();
    }

    boolean isDropped() {
        return isDropped;
    }

    synchronized void closeIfIdle() {
        if (users == 0) {
            close();
        }
    }

    private void close() {
        DiskFile closed = file;
        if (closed == null) {
            return;
        }
        file = null;
        openFiles.onClosed(this);
        try {
            closed.close();
        } catch (IOException e) {
            // What had to be durable was forced before: a failed close loses a handle, no data.
            LOG.atWarn().addKeyValue("file", path).setCause(e).log("a segment file could not be closed");
        }
    }
}
