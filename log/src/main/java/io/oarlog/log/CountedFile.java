package io.oarlog.log;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that is closed when its owner and its last reader have released it. Thread-safe. */
final class CountedFile {
    private static final Logger LOG = LoggerFactory.getLogger(CountedFile.class);

    private final DiskFile file;
    private final AtomicInteger users = new AtomicInteger(1);

    /** Owns the file from now on; its maker is the first user. */
    CountedFile(DiskFile file) {
        this.file = file;
    }

    DiskFile file() {
        return file;
    }

    /** Adds a user unless the file is closed already; returns whether it did, and then the caller has to {@link #release}. */
    boolean retain() {
        int current = users.get();
        while (current > 0) {
            if (users.compareAndSet(current, current + 1)) {
                return true;
            }
            current = users.get();
        }
        return false;
    }

    void release() {
        if (users.decrementAndGet() > 0) {
            return;
        }
        try {
            file.close();
        } catch (IOException e) {
            // What had to be durable was forced before: a failed close loses a handle, no data.
            LOG.atWarn().setCause(e).log("a segment file could not be closed");
        }
    }
}
