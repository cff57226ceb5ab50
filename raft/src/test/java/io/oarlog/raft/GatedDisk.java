package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/** The machine's disk, on which the fsyncs of some files wait while it is closed. Thread-safe. */
final class GatedDisk extends ForwardingDisk {
    private final Predicate<Path> isGated;
    private boolean isClosed;
    private boolean isWaited;

    /** @param isGated files whose fsyncs wait */
    GatedDisk(Predicate<Path> isGated) {
        super(Disk.system());
        this.isGated = isGated;
    }

    synchronized void close() {
        isClosed = true;
    }

    synchronized void open() {
        isClosed = false;
        notifyAll();
    }

    /** Whether an fsync has had to wait. */
    synchronized boolean isWaited() {
        return isWaited;
    }

    private synchronized void pass() throws IOException {
        try {
            while (isClosed) {
                isWaited = true;
                wait();
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public DiskFile open(Path path) throws IOException {
        return new ForwardingFile(super.open(path)) {
            @Override
            public void force() throws IOException {
                if (isGated.test(path)) {
                    pass();
                }
                super.force();
            }
        };
    }
}
